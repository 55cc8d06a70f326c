#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for media over a bad network: one of three is behind a link that
# loses packets both ways, and almost all of them arrive in time all the same.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Link;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

###############################################################################

my $SECONDS = 10;
my $SHARE = 99.5;	# percent of packets that arrive within 400 ms
my $GAP = 5;		# packets of 20 ms in a row that did not within 200 ms

my %rate = (audio => 50, video => 150);

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();
$t->skip_all('no build/link/relay') unless Test::Secmeet::Link::available();

$t->plan(3 + 4 * (8 + 4 + 1))->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

events {
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
        }
    }
}

EOC

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my $link = Test::Secmeet::Link->relay($t->port(3478));

$link->conf('both', delay => 20);

meet('5 % lost', loss => 5);
meet('10 % lost', loss => 10);
meet('10 % lost in bursts', loss => 10, burst => 3);
meet('2 % lost, 100 ms each way', loss => 2, burst => 1, delay => 100);

my $stats = $link->stats();

cmp_ok($stats->{$_}{lost} / $stats->{$_}{in}, '>', 0.04,
	"the link has lost packets: $_") for 'up', 'down';
is($stats->{up}{dropped} + $stats->{down}{dropped}, 0, 'no queue was full');

###############################################################################

# all publish, for a while; bob is behind the link

sub meet {
	my ($what, %link) = @_;

	my ($tag) = $t->create_room();
	my %member = map {
		$_ => Test::Secmeet::Member->new($t, $peer, name => $_,
			link => $_ eq 'bob' ? $link : undef)
	} qw/ alice bob carol /;

	my @all = @member{qw/ alice bob carol /};

	$_->join($tag)->publish('audio', 'video') for @all;

	ok((@all == grep { $_->connected(20) && $_->complete(4) } @all),
		"$what: all are connected");

	$_->nack(on => 1) for @all;

	for my $from (@member{qw/ alice bob /}) {
		$from->start('audio', rate => $rate{audio}, size => 120,
			count => $rate{audio} * $SECONDS);
		$from->start('video', rate => $rate{video}, size => 1000,
			frame => 5, keyframe_every => 30,
			count => $rate{video} * $SECONDS);
	}

	# all have begun, by a key frame

	loop(sub {
		8 == map { keys %{$_->heard()} } @all;
	}, 5);
	run_for(0.3);
	$link->conf('both', %link, seed => 1);

	for my $from (@member{qw/ alice bob /}) {
		$from->wait('done', mid => $from->sending($_),
			timeout => $SECONDS + 5) for keys %rate;
	}

	# only what comes later shows that the last was lost

	$link->conf('both', loss => 0);

	for my $from (@member{qw/ alice bob /}) {
		$from->start($_, rate => 100, size => 120, count => 3)
			for keys %rate;
	}

	run_for(1);

	way("$what, up", $member{bob}, @member{qw/ alice carol /});
	way("$what, down", $member{alice}, $member{bob});
	way("$what, beside it", $member{alice}, $member{carol});

	$_->leave() for @all;

	return;
}

sub way {
	my ($what, $from, @to) = @_;

	for my $kind (sort keys %rate) {
		my $sent = $from->sent($kind)->{counter};

		for my $to (@to) {
			my $flow = $to->heard()->{$from->marked($kind)}{flow};
			my ($heard, $seen, $gap) = @{$flow->{late}};
			my $share = 100 * $seen / $sent;

			# before its first packet nothing is expected of it

			note sprintf "%s: %s to %s: %.2f %% within 200 ms, "
				. "%.2f %% within 400 ms, longest gap %d",
				$what, $kind, $to->{name},
				100 * $heard / $sent, $share, $gap;

			cmp_ok($share, '>=', $SHARE, "$what: $kind to "
				. "$to->{name} is there within 400 ms");

			cmp_ok($gap, '<=', $GAP, "$what: no gap in what "
				. "$to->{name} hears") if $kind eq 'audio';
		}
	}

	return;
}

###############################################################################
