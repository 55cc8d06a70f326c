#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threats A5, A6 and A7: bad tags, replays and short packets are counted and
# never fatal; nothing is learnt from what is not authentic, so packets of
# another address are not forwarded and media does not move there.  And a
# publisher cannot make the server use a key stream twice.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Attack;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(32)->write_file_expand('nginx.conf', <<'EOC')->run();

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

        location = /status {
            secmeet_status;
        }
    }
}

EOC

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my $attacker = Test::Secmeet::Peer->new();
my $server = '127.0.0.1:' . $t->port(3478);
my ($tag) = $t->create_room();
my ($alice, $bob) = map {
	Test::Secmeet::Member->new($t, $peer, name => $_)
} qw/ alice bob /;

# what the server said of alice

my $answer;

$alice->join($tag)->publish('audio');
$answer = $alice->message('answer');
$bob->join($tag)->publish('audio');
ok($_->connected() && $_->complete(1), "$_->{name} is connected")
	for $alice, $bob;
$_->start('audio', rate => 100, size => 120) for $alice, $bob;
run_for(0.3);

# A5: twenty bad packets for each good one

my $before = counters($t);

for (1 .. 5) {
	$alice->inject(kind => 'srtp-bad-tag', count => 200);
	$alice->inject(kind => 'srtcp-bad-tag', count => 200);
	$alice->inject(kind => 'replay', count => 200);
	run_for(0.2);
}

my $since = since($t, $before);

is($since->{'drop-srtp'}, 1000, 'A5: bad tags of RTP are counted');
is($since->{'drop-srtcp'}, 1000, 'A5: bad tags of RTCP are counted');
is($since->{'drop-replay'}, 1000, 'A5: replays are counted');
goes_on('A5');

# A7: each length, each of the first bytes that mean RTP and RTCP

$before = counters($t);

my $sent = 0;

for my $first (0x80, 0x8f, 0x90, 0xb0, 0xbf) {
	for my $type (111, 200, 201, 206) {
		for my $len (1 .. 40) {
			my $packet = pack 'CCn', $first, $type, 0xffff;

			$packet .= "\xff" x 40;
			$alice->raw(hex => unpack 'H*', substr $packet, 0, $len);
			$sent++;
		}
	}
}

run_for(0.3);
$since = since($t, $before);

my $dropped = 0;

$dropped += $since->{"drop-$_"} for qw/ unknown srtp srtcp ssrc /;

is($dropped, $sent, 'A7: short packets are counted, all of them');
goes_on('A7');

# the announced SSRC, which is not learnt but known, in short packets

$before = counters($t);
$alice->inject(kind => 'srtp-short', count => 280);
$alice->inject(kind => 'srtcp-short', count => 280);
run_for(0.2);
$since = since($t, $before);
$dropped = 0;
$dropped += $since->{"drop-$_"} for qw/ unknown srtp srtcp ssrc replay /;
is($dropped, 560, 'A7: of a known SSRC as well');
goes_on('A7, known');

# A6: the same from elsewhere, with the SSRC of alice or without

$before = counters($t);
$sent = 0;

for my $from ('127.0.0.1', '127.0.0.2') {
	for my $hex ('806f0001' . '00' x 60, '80c80006' . '00' x 60,
		'90ef0001' . '00' x 4 . '01020304bede000113300000' . '00' x 60)
	{
		my $result = $attacker->spray(bind => $from, to => $server,
			hex => $hex, count => 500, rate => 5000, random => [8, 4]);

		is($result->{replies}, 0, "A6: no answer to $from");
		$sent += 500;
	}
}

$since = since($t, $before);
is($since->{'drop-tuple'}, $sent, 'A6: packets of other addresses');
goes_on('A6');

# nor does an address come from STUN that is not authentic

my ($ufrag, $pwd) = credentials($answer->{sdp});
my ($own) = credentials($peer->offer($alice->id()));

$before = counters($t);

for my $key (undef, 'x' x length $pwd, $pwd . 'x') {
	my $request = stun(key => $key, fingerprint => 1, attributes => [
		[ 6, "$ufrag:$own" ], [ 0x24, pack 'N', 1 ], [ 0x802a, 'x' x 8 ],
		[ 0x25, '' ]
	]);
	my $result = $attacker->spray(bind => '127.0.0.2', to => $server,
		hex => unpack('H*', $request), count => 50, rate => 500);

	is($result->{replies}, 0, 'A6: nothing goes where STUN '
		. (defined $key ? 'is signed by a wrong key' : 'is not signed'));
}

is(since($t, $before)->{'drop-integrity'}, 150, 'A6: it is counted');
is($alice->stats()->{counts}{foreign}, 0, 'A6: alice hears one server');
goes_on('A6, STUN');

# the same with the right key moves it: the counter-test

my $request = stun(key => $pwd, fingerprint => 1, attributes => [
	[ 6, "$ufrag:$own" ], [ 0x24, pack 'N', 1 ], [ 0x802a, 'x' x 8 ],
	[ 0x25, '' ]
]);
my $result = $attacker->spray(bind => '127.0.0.2', to => $server,
	hex => unpack('H*', $request));

cmp_ok($result->{replies}, '>', 1, 'A6: STUN with the right key moves it');
ok(loop(sub {
	my $packets = flow($bob, $alice)->{packets};

	run_for(0.3);
	flow($bob, $alice)->{packets} > $packets + 10;
}, 8), 'A6: until alice says again where she is');

# another peer, who can write the address of alice on its requests

my $mallory = Test::Secmeet::Member->new($t, $peer, auto => 0);

$mallory->join($tag)->publish('audio');

my $theirs = $mallory->message('answer');

ok($mallory->connected(), 'mallory is connected');
($ufrag, $pwd) = credentials($theirs->{sdp});
($own) = credentials($peer->offer($mallory->id()));

run_for(1);
$before = counters($t);
my $missing = flow($alice, $bob)->{missing};

for (1 .. 40) {
	my $request = stun(key => $pwd, fingerprint => 1, attributes => [
		[ 6, "$ufrag:$own" ], [ 0x24, pack 'N', 1 ],
		[ 0x802a, 'x' x 8 ], [ 0x25, '' ]
	]);

	$alice->raw(hex => unpack 'H*', $request);
	run_for(0.02);
}

is(since($t, $before)->{'drop-paths'}, 40,
	'A6: the address of alice does not become that of mallory');
is(flow($alice, $bob)->{missing}, $missing, 'A6: bob hears all of alice');
$mallory->leave();

# RFC 3711, 9.1: a number that alice has used, for another packet

my $replays = $bob->stats()->{counts}{replays};

$before = counters($t);

for (1 .. 20) {
	$alice->inject(kind => 'round');
	run_for(0.1);
}

is(since($t, $before)->{'drop-pt'}, 80, 'alice goes round and round');

my $packets = flow($alice, $bob)->{packets};

run_for(0.3);
is($bob->stats()->{counts}{replays}, $replays,
	'no number of a sub stands for two packets');
cmp_ok(flow($alice, $bob)->{packets}, '>', $packets + 10, 'bob hears alice');

###############################################################################

sub goes_on {
	my ($name) = @_;

	my $packets = flow($alice, $bob)->{packets};

	run_for(0.2);
	ok(whole($alice, $bob) && whole($bob, $alice)
		&& flow($alice, $bob)->{packets} > $packets + 5,
		"$name: and the call goes on");

	return;
}

###############################################################################
