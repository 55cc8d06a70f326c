#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A room of a hundred, whose WebSockets are in four workers: all know each
# other, hear all who speak, and read what anybody writes.

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

my $n = 100;
my $speakers = 8;
my $rate = $ENV{SECMEET_PRELOAD} ? 5 : 20;
my $count = $rate * 4;
my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(13)->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

worker_processes 4;

events {
    worker_connections 2048;
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
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location /meet/rooms/ {
            secmeet meet;
        }

        location = /status {
            secmeet_status;
        }
    }
}

EOC

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my ($tag) = $t->create_room();
my $start = time();
my @members = map { Test::Secmeet::Member->new($t, $peer) } 1 .. $n;
my @speakers = @members[0 .. $speakers - 1];

$_->publish('audio') for @speakers;
$_->join($tag) for @members;

ok(loop(sub { !grep { keys %{$_->{roster}} != $n - 1 } @members }, 30),
	'everybody knows everybody');

is(grep({ $_->connected(60)
	&& $_->complete($speakers - ($_->{tracks}{0} ? 1 : 0), 60) } @members),
	$n, 'all are connected');

my $took = time() - $start;
my %doors;

push @{$doors{$t->worker_of($_->ws())}}, $_ for @members;

is(keys %doors, 4, 'their WebSockets are in four workers');
diag(sprintf 'a hundred have joined in %.1f s, %s of them by each worker',
	$took, join ' ', sort { $a <=> $b } map { scalar @$_ } values %doors);

my $status = $t->get('/status')->{json};

is("$status->{workers} $status->{rooms} $status->{peers}", '4 1 100',
	'the status counts all');

# one more is too much, wherever he comes

is_deeply([ map { $t->ws($tag)->join()->{type} } 1 .. 4 ], [ ('denied') x 4 ],
	'secmeet_peers is the limit');

$peer->batch(usec => 2000);

my ($owner) = grep { $t->holds($_, owner()) } $t->workers();
my $cpu = Test::Secmeet::Member::cpu($owner);

$_->start('audio', rate => $rate, size => 120, count => $count)
	for @speakers;

is(grep({ $_->wait('done', timeout => 20) } @speakers), $speakers,
	'all have spoken');
run_for(1.5);

$cpu = Test::Secmeet::Member::cpu($owner) - $cpu;

my ($packets, $whole, $wrong) = (0, 0, 0);

for my $member (@members) {
	for my $row (@{$member->stats(brief => 1)->{recv}}) {
		$packets += $row->[1];
		$wrong += $row->[2] + $row->[3] + $row->[4];
		$whole++ if $row->[8] == $count;
	}
}

is($packets, $speakers * ($n - 1) * $count, 'each packet to each of 99');
is($whole, $speakers * ($n - 1), 'all tracks are whole');
is($wrong, 0, 'nothing is wrong');
diag(sprintf '%d packets forwarded, %.2f us of CPU each', $packets,
	$cpu / $packets);

# from each worker to all others

my @one = map { $_->[0] } values %doors;

$_->{messages} = [] for @members;
$_->ws()->send('send', data => 'from ' . $_->id()) for @one;
loop(sub { !grep { messages($_) < 3 } @members }, 10);

my %read = map { messages($_) => 1 } grep { my $m = $_;
	!grep { $_ == $m } @one } @members;

is_deeply(\%read, { 4 => 1 }, 'all read what four write');
is_deeply([ map { scalar messages($_) } @one ], [ (3) x 4 ],
	'who also read each other');

my ($to, $from) = @one;

$from->ws()->send('send', to => $to->you(), data => 'alone');
ok($to->message('message', from => $from->you(), data => 'alone'),
	'one to one');

# all leave

$_->leave() for @members;
ok(waitfor(sub { $t->get('/status')->{json}{rooms} == 0 }), 'all have left');

###############################################################################

sub owner {
	my ($claim) = glob $t->testdir() . '/*.secmeet/r.*';
	return readlink($claim) =~ /^(w\.\w{8})\./ ? $1 : '';
}

sub messages {
	my ($member) = @_;
	return scalar grep { $_->{type} eq 'message' && $_->{data} =~ /^from/ }
		@{$member->{messages}};
}

###############################################################################
