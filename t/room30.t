#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A room of thirty, each of whom hears all others: every packet of every
# track comes to each of the 29 others.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

use Time::HiRes qw/ time /;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(12)->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

events {
    worker_connections 1024;
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet;
            secmeet_peers 30;
        }
    }
}

EOC

###############################################################################

my $n = 30;
my $rate = $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND} ? 5 : 50;
my $count = $rate * 4;

my $peer = Test::Secmeet::Peer->new();
my ($tag) = $t->create_room();
my $start = time();

my @members = map { Test::Secmeet::Member->new($t, $peer, auto => 0) } 1 .. $n;

$_->join($tag)->publish('audio') for @members;

is(grep({ $_->connected(20) } @members), $n, 'all are connected');

loop(sub { !grep { keys %{$_->{roster}} != $n - 1 || known($_) != $n - 1 }
	@members }, 20);
is(grep({ known($_) == $n - 1 } @members), $n, 'all know all tracks');

$_->subscribe() for @members;
is(grep({ $_->complete($n - 1, 60) } @members), $n, 'all receive all');

diag(sprintf 'thirty have joined in %.1f s', time() - $start);

$peer->batch(usec => 2000);

my $pid = ($t->workers())[0];
my $cpu = Test::Secmeet::Member::cpu($pid);
my $own = $peer->cpu();

$_->start('audio', rate => $rate, size => 120, count => $count) for @members;
is(grep({ $_->wait('done', timeout => 12) } @members), $n, 'all have sent');
run_for(1.2);

$cpu = Test::Secmeet::Member::cpu($pid) - $cpu;

my $after = $peer->cpu();

$own = $after->{user} + $after->{system} - $own->{user} - $own->{system};

my (%sum, $p99);

for my $member (@members) {
	my $stats = $member->stats(brief => 1);

	for my $row (@{$stats->{recv}}) {
		my ($mid, $packets, $missing, $duplicates, $wrong, $reports,
			$flows, $mark, $unique) = @$row;

		$sum{packets} += $packets;
		$sum{missing} += $missing;
		$sum{duplicates} += $duplicates;
		$sum{wrong} += $wrong;
		$sum{unreported}++ unless $reports;
		$sum{mixed}++ if $flows > 1;
		$sum{whole}++ if $unique == $count;
		$sum{marks}{$mark}++;
	}

	$sum{$_} += $stats->{counts}{$_} for qw/ bad_decrypt unknown_ssrc
		foreign bad_rtcp /;
	$p99 = $stats->{delay_p99} if $stats->{delay_p99} > ($p99 // 0);
}

is($sum{packets}, $n * ($n - 1) * $count, 'each packet to each of the others');
is($sum{whole}, $n * ($n - 1), 'all tracks are whole');
is_deeply([ sort { $a <=> $b } values %{$sum{marks}} ], [ ($n - 1) x $n ],
	'each is heard by 29');
is($sum{mixed} // 0, 0, 'one track to an m-line');
is($sum{missing} + $sum{duplicates} + $sum{wrong}, 0, 'nothing wrong');
is($sum{unreported} // 0, 0, 'sender reports for each of them');
is($sum{bad_decrypt} + $sum{unknown_ssrc} + $sum{foreign} + $sum{bad_rtcp}, 0,
	'nothing but that');

diag(sprintf '%d packets forwarded: %.2f us of CPU each, %.2f us in the peers, '
	. 'delay p99 %.1f ms', $sum{packets}, $cpu / $sum{packets},
	$own / $sum{packets}, $p99 / 1000);

# all leave

$_->leave() for @members;

my $status = $t->put('/meet/rooms/' . $tag)->{status};

is($status, 409, 'the room is gone, its tag is not given out again');

###############################################################################

sub known {
	my ($member) = @_;

	return scalar map { keys %{$_->{tracks}} } values %{$member->{roster}};
}

###############################################################################
