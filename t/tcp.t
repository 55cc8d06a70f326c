#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for ICE-TCP: media both ways, whichever worker takes the connection;
# reloads; a reader that is slow; a connection that ends, and another one.

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

my $WORKERS = 4;

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan();
configure($WORKERS);
$t->run();

my $peer = Test::Secmeet::Peer->new();

candidates();
media();
reloads();
slow();
again();
split_frames();

###############################################################################

sub configure {
	my ($workers) = @_;

	$t->write_file('nginx.conf', $t->expand(<<"EOC"));

%%GLOBALS%%

worker_processes $workers;

events {
}

stream {
    log_format media \$remote_addr;
    access_log %%TESTDIR%%/stream.log media;

    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }

    server {
        listen 127.0.0.1:%%PORT_3479%%;
        listen [::1]:%%PORT_3479%%;
        secmeet_media on;
        secmeet_candidate 127.0.0.1 127.0.0.1:4430 [::1];
    }
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet;
        }

        location = /status {
            secmeet_status;
        }
    }
}

EOC

	return;
}

sub member {
	my ($name, %opt) = @_;
	return Test::Secmeet::Member->new($t, $peer, name => $name, tcp => 1,
		%opt);
}

sub drops {
	my ($name) = @_;
	return $t->get('/status')->{json}{counters}{$name};
}

###############################################################################

# what browsers are told

sub candidates {
	my ($tag) = $t->create_room();
	my $ws = $t->join($tag);
	my $id = 900;

	$peer->create($id);
	$ws->send('offer', sdp => $peer->offer($id,
		send => [{ kind => 'audio', mid => '0' }]));

	my $sdp = $ws->wait('answer')->{sdp};
	my @lines = $sdp =~ /^a=candidate:(.*?)\r$/mg;
	my ($udp, $tcp) = map { $t->port($_) } 3478, 3479;

	is_deeply([ map { s/^(\d+) 1 (\w+) \d+ /$1 $2 /r } @lines ], [
		"1 udp 127.0.0.1 $udp typ host",
		"2 tcp 127.0.0.1 $tcp typ host tcptype passive",
		"3 tcp 127.0.0.1 4430 typ host tcptype passive",
		"4 tcp ::1 $tcp typ host tcptype passive",
	], 'candidates');

	my @priorities = map { (split ' ')[3] } @lines;

	is(join(' ', @priorities), join(' ', sort { $b <=> $a } @priorities),
		'each below the one before');
	is($priorities[0] >> 24, 126, 'type preference of UDP');
	is(join(' ', map { ($_ >> 24) . ' ' . ($_ >> 21 & 7) . ' ' . ($_ & 255) }
		@priorities[1 .. 3]), '90 4 255 90 4 255 90 4 255',
		'that of TCP, and direction preference');

	$peer->close_peer($id);
	$ws->send('leave');
	ok(waitfor(sub { !claims() }),
		'the room is gone');

	return;
}

###############################################################################

# as many members as it takes for each worker to have had connections that
# are another's

sub media {
	my ($tag) = $t->create_room();
	my @members = map { member("member $_") } 1 .. 6;

	push @members, member('by UDP', tcp => 0), member('by IPv6',
		bind => '::1');

	$_->join($tag)->publish('audio', 'video') for @members;

	is(grep({ $_->connected(40) && $_->complete(14, 40) } @members), 8,
		'all are connected');
	is_deeply([ sort map { $_->stats()->{ice}{remote} } @members ],
		[ '127.0.0.1:' . $t->port(3478), ('127.0.0.1:' . $t->port(3479)) x 6,
			'[::1]:' . $t->port(3479) ], 'by TCP, but for one');

	my $owner = owner();

	is_deeply([ map { holder($_) } @members[0 .. 5] ], [ ($owner) x 6 ],
		'the worker of the room holds the connections');
	cmp_ok(relayed(), '>', 0, 'some of which another one had taken');

	send_all(\@members, 100, 300);

	is($t->read_file('stream.log'), '', 'nothing is in the access log');
	unlike($t->error_log(), qr/client 127|connected to/,
		'and nothing in the error log');

	$_->leave() for @members;

	ok(waitfor(sub { connections() == 0 }), 'the connections are closed');
	ok(waitfor(sub { !claims() }),
		'that room is gone, too');

	return;
}

sub send_all {
	my ($members, $audio, $video) = @_;

	for (@$members) {
		$_->start('audio', rate => 50, size => 120, count => $audio);
		$_->start('video', rate => 150, size => 1100, frame => 5,
			count => $video);
	}

	is(grep({ $_->wait('done', timeout => 20)
		&& $_->wait('done', timeout => 20) } @$members), @$members,
		'all have sent');
	ok(loop(sub { !missing($members, $audio, $video) }, 5),
		'nobody lost a packet');

	my %counts;

	for my $member (@$members) {
		my $counts = $member->stats()->{counts};
		$counts{$_} += $counts->{$_} for keys %$counts;
	}

	is($counts{$_}, 0, "$_: none") for qw/ unknown foreign bad_decrypt
		bad_rtcp bad_stun bad_frame unknown_ssrc requests /;

	return;
}

sub missing {
	my ($members, $audio, $video) = @_;

	my $missing = 0;

	for my $to (@$members) {
		my $heard = $to->heard();

		for my $from (grep { $_ != $to } @$members) {
			$missing += $audio
				- ($heard->{$from->marked('audio')}{packets} // 0);
			$missing += $video
				- ($heard->{$from->marked('video')}{packets} // 0);
		}
	}

	return $missing;
}

sub claims {
	my @claims = glob $t->testdir() . '/*.secmeet/r.*';
	return scalar @claims;
}

# the worker that holds the only room

sub owner {
	my ($claim) = glob $t->testdir() . '/*.secmeet/r.*';
	my ($name) = readlink($claim) =~ /^(w\.\w{8})\./;
	my ($pid) = grep { $t->holds($_, $name) } $t->workers(1);

	return $pid;
}

# the worker that has the other end of a member's connection

sub holder {
	my ($member) = @_;

	my ($port) = $member->stats()->{ice}{local} =~ /(\d+)$/;
	my $inode = inodes()->{$port} or return 'nobody';

	my @pids = grep {
		grep { (readlink($_) // '') eq "socket:[$inode]" }
			glob "/proc/$_/fd/*"
	} $t->workers(1);

	return join ' ', @pids;
}

# of connections to media by TCP: the client's port and the inode

sub inodes {
	my $listener = sprintf '0100007F:%04X', $t->port(3479);

	open my $fh, '<', '/proc/net/tcp' or die "tcp: $!\n";

	return { map { /^\s*\d+: $listener 0100007F:(\w{4}) 01 (?:\S+\s+){5}(\d+)/
		? (hex $1 => $2) : () } <$fh> };
}

sub connections { return scalar keys %{inodes()} }

# by all workers: each answers the status page of its own

sub relayed {
	my %relayed;

	for (1 .. 200) {
		my $json = $t->get('/status')->{json};
		$relayed{$json->{counters}{relayed}} = 1;
	}

	return (sort { $b <=> $a } keys %relayed)[0];
}

###############################################################################

# old workers keep what they have, and people join by new ones

sub reloads {
	my ($tag) = $t->create_room();
	my @members = map { member("reload $_") } 1 .. 3;

	$_->join($tag)->publish('audio') for @members;
	is(grep({ $_->connected(10) && $_->complete(2, 10) } @members), 3,
		'a meeting by TCP');

	my $owner = owner();

	$_->start('audio', rate => 50, size => 120, count => 300) for @members;

	for my $workers (1, 2) {
		configure($workers);
		ok($t->reload(), "a reload, workers: $workers");

		my $late = member('late');

		$late->join($tag)->publish('audio');
		ok($late->connected(10), 'who comes late is in');
		is(holder($late), $owner, 'in the old worker');
		$late->leave();
	}

	is(grep({ $_->wait('done', timeout => 20) } @members), 3,
		'all have sent');

	ok(loop(sub {
		my $n = 0;

		for my $to (@members) {
			my $heard = $to->heard();
			$n += $heard->{$_->marked('audio')}{packets} // 0
				for grep { $_ != $to } @members;
		}

		return $n == 3 * 2 * 300;
	}, 5), 'nobody lost a packet');

	ok(kill(0, $owner), 'the old worker is there');
	$_->leave() for @members;
	ok(waitfor(sub { !kill 0, $owner }, 20), 'and leaves with the meeting');

	return;
}

###############################################################################

# who does not read costs a queue, loses whole packets, and nobody else does

sub slow {
	configure(1);
	$t->reload();
	waitfor(sub { $t->workers(1) == 1 }, 10);

	my ($tag) = $t->create_room();
	my ($alice, $bob, $slow) = map { member($_) } qw/ alice bob slow /;

	$_->join($tag)->publish('audio', 'video') for $alice, $bob, $slow;
	is(grep({ $_->connected(10) && $_->complete(4, 10) }
		$alice, $bob, $slow), 3, 'a meeting of three');

	my $before = drops('drop-send');

	$peer->tcp($slow->id(), pause => 1);
	$alice->start('video', rate => 500, size => 1100, frame => 5,
		count => 4000);
	ok($alice->wait('done', timeout => 30), 'alice has sent four megabytes');

	ok(loop(sub {
		($bob->heard()->{$alice->marked('video')}{packets} // 0) == 4000
	}, 5), 'bob has all of it');

	my $dropped = drops('drop-send') - $before;

	cmp_ok($dropped, '>', 0, 'what one does not read is dropped');
	cmp_ok(queued(), '<', 8 * 1048576, 'and what waits is bounded');

	# and then takes what was kept, in whole frames

	$peer->tcp($slow->id(), pause => 0);
	ok(loop(sub {
		($slow->heard()->{$alice->marked('video')}{packets} // 0)
			>= 4000 - $dropped
	}, 10), 'all that was not dropped has come');

	my $counts = $slow->stats()->{counts};

	is($counts->{$_}, 0, "$_: none") for qw/ bad_frame bad_decrypt unknown /;
	is(holder($slow), ($t->workers())[0], 'the connection is there');

	$bob->start('audio', rate => 50, size => 120, count => 50);
	ok(loop(sub {
		($slow->heard()->{$bob->marked('audio')}{packets} // 0) == 50
	}, 5), 'and carries what comes then');

	$_->leave() for $alice, $bob, $slow;

	return;
}

# bytes in the sockets of media, on their way out

sub queued {
	my $slurped = do {
		open my $fh, '<', '/proc/net/tcp' or die "tcp: $!\n";
		local $/;
		<$fh>;
	};
	my $listener = sprintf '0100007F:%04X', $t->port(3479);

	my $bytes = 0;

	$bytes += hex $1 while $slurped
		=~ /^\s*\d+: $listener \w+:\w+ 01 (\w+):/mg;

	return $bytes;
}

###############################################################################

# a connection ends, by the peer, by a broken frame: another one takes over,
# and the meeting goes on; without a new one the peer is let go in time

sub again {
	my ($tag) = $t->create_room();
	my ($alice, $bob) = map { member($_, consent => 1000) } qw/ alice bob /;

	$_->join($tag)->publish('audio') for $alice, $bob;
	ok($_->connected() && $_->complete(1), 'again') for $alice, $bob;
	$_->start('audio', rate => 50, size => 120) for $alice, $bob;

	$peer->tcp($bob->id(), cut => 1);
	ok(flows($alice, $bob), 'the connection is cut, and bob comes back');
	ok(flows($bob, $alice), 'both ways');

	$bob->migrate(bind => '127.0.0.2');
	ok(flows($alice, $bob), 'from another address');
	ok(flows($bob, $alice), 'both ways');

	for my $bytes ('0000', '05dd', '05dd' . 'ff' x 1501, '1603010200') {
		my $before = drops('drop-unknown');

		$bob->forget();
		$peer->tcp($bob->id(), hex => '0004' . '00' x 4 . $bytes);
		ok($bob->wait('tcp-closed'), 'a broken frame: it is closed')
			or diag($bytes);
		ok(flows($alice, $bob), 'and bob comes back');
		cmp_ok(drops('drop-unknown'), '>', $before, 'it was counted');
	}

	$_->leave() for $alice, $bob;

	return;
}

# whether more packets come

sub flows {
	my ($from, $to) = @_;

	my $mark = $from->marked('audio');
	my $packets = $to->heard()->{$mark}{packets} // 0;

	return loop(sub {
		($to->heard()->{$mark}{packets} // 0) > $packets + 20
	}, 15);
}

###############################################################################

# frames that come in pieces

sub split_frames {
	my ($tag) = $t->create_room();
	my ($alice, $bob) = map { member($_) } qw/ alice bob /;

	$_->join($tag)->publish('audio') for $alice, $bob;
	ok($_->connected() && $_->complete(1), 'in pieces') for $alice, $bob;

	my $before = drops('drop-unknown');

	# frames of no protocol, five bytes each, cut in each place

	my $frames = '0005f0f1f2f3f4' x 6;

	for my $bytes (3, 1, 9, 7, 8, 14) {
		$peer->tcp($alice->id(), hex => substr $frames, 0, 2 * $bytes, '');
		run_for(0.05);
	}

	ok(waitfor(sub { drops('drop-unknown') - $before == 6 }),
		'each is a datagram');

	$alice->start('audio', rate => 50, size => 120, count => 50);
	ok(loop(sub {
		($bob->heard()->{$alice->marked('audio')}{packets} // 0) == 50
	}, 5), 'and what comes behind is understood');

	$_->leave() for $alice, $bob;

	return;
}

###############################################################################
