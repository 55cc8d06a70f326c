#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threats A13 and A14: STUN without a valid user name and integrity is not
# answered with a single byte, an answer is never longer than its request;
# and nothing is ever sent to an address only because a candidate names it.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Attack;

use IO::Select;
use IO::Socket::INET;
use IO::Socket::IP;
use Socket qw/ SOCK_DGRAM inet_aton pack_sockaddr_in /;
use Time::HiRes qw/ sleep time /;

###############################################################################

my $t = Test::Secmeet->new();

$t->plan()->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

events {
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        listen [::1]:%%PORT_3478_UDP%% udp;
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

# sockets where nothing may come: by UDP and by TCP, on each address that the
# offer names, and where a resolver might be asked

my @traps = map {
	trap($_, SOCK_DGRAM), trap($_, IO::Socket::INET::SOCK_STREAM())
} qw/ 127.0.0.1 127.0.0.7 127.0.0.8 /;

my ($tag) = $t->create_room();
my $ws = $t->join($tag);
my @candidates;

for my $trap (@traps) {
	my $proto = $trap->socktype() == SOCK_DGRAM ? 'udp' : 'tcp';
	my $more = $proto eq 'tcp' ? ' tcptype passive' : '';
	my $port = $trap->sockport();

	push @candidates, map {
		"a=candidate:1 1 $proto 2130706431 $_ $port typ host$more"
	} $trap->sockhost(), 'localhost';
}

push @candidates, map {
	"a=candidate:1 1 udp 2130706431 $_ 53 typ host"
} 'a.example', '5f0b4d1e-2c1a-4a0e-8f3e-0123456789ab.local', '127.0.0.53',
	'::1', '0.0.0.0', '255.255.255.255', 'localhost', '127.1', '0x7f000001',
	'2130706433', "127.0.0.1\0.example", '[::1]', '%s%s%n', '../etc/passwd';

my $sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.7\r\ns=-\r\n"
	. "c=IN IP4 127.0.0.7\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
	. "a=ice-ufrag:abcd\r\na=ice-pwd:" . 'p' x 24 . "\r\n"
	. 'a=fingerprint:sha-256 AB' . ':AB' x 31 . "\r\na=setup:actpass\r\n"
	. 'm=audio ' . $traps[2]->sockport() . " UDP/TLS/RTP/SAVPF 111\r\n"
	. "c=IN IP4 127.0.0.7\r\na=rtcp:" . $traps[2]->sockport()
	. " IN IP4 127.0.0.7\r\n"
	. "a=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n";
my $bare = $sdp;

$sdp .= join '', map { tr/\0//dr . "\r\n" } @candidates;

my $answer = $ws->offer(sdp => $sdp);

is($answer->{type}, 'answer', 'an offer with candidates of all kinds');
unlike($answer->{sdp}, qr/candidate:.*(?:127\.0\.0\.[78]|example|local\b)/,
	'none of them comes back');

$ws->send('candidate', candidate => $candidates[0]);
is(($ws->read_message() || {})->{code}, 'type',
	'there are no candidates besides');

# restarts ask for checks, too

for my $n (1 .. 3) {
	$ws->offer(sdp => $sdp =~ s/ufrag:abcd/ufrag:abcd$n/r);
}

$ws->offer(sdp => $bare);

my ($ufrag, $pwd) = credentials($ws->offer(sdp => $bare)->{sdp});

###############################################################################

# STUN of strangers

my $server = pack_sockaddr_in($t->port(3478), inet_aton('127.0.0.1'));
my $before = counters($t);
my $files = descriptors($t);

my @good = ([ 6, "$ufrag:abcd" ], [ 0x24, pack 'N', 1 ],
	[ 0x802a, 'x' x 8 ]);
my $good = stun(key => $pwd, fingerprint => 1, attributes => \@good);

silent('no attribute', stun());
silent('a fingerprint', stun(fingerprint => 1));
silent('a classic request', pack 'nnN4', 1, 0, 1 .. 4);
silent('no user name', stun(key => $pwd, fingerprint => 1));
silent('no integrity', stun(fingerprint => 1, attributes => \@good));
silent('integrity by ' . ($_ eq '' ? 'an empty key' : 'another key'),
	stun(key => $_, fingerprint => 1, attributes => \@good))
	for '', 'p' x 24, lc($pwd) . 'x', substr($pwd, 1), $ufrag;
silent("the user name $_", stun(key => $pwd, fingerprint => 1,
	attributes => [ [ 6, $_ ], @good[1, 2] ]))
	for '', ':', $ufrag, "$ufrag:", ":$ufrag", "abcd:$ufrag",
		"$ufrag:abcde", "$ufrag:abc", "$ufrag:ABCD", "${ufrag}x:abcd",
		uc($ufrag) eq $ufrag ? "x:abcd" : uc($ufrag) . ':abcd',
		substr($ufrag, 0, 8) . ':abcd', substr($ufrag, 0, 8) . 'x' x 8
		. ':abcd', 'x' x 600, "$ufrag:" . 'x' x 500;
silent("type $_", stun(type => hex $_, key => $pwd, fingerprint => 1,
	attributes => \@good))
	for qw/ 0011 0101 0111 0003 0004 0008 0009 0016 0017 3fff 0000 /;
silent('a length that is too small', set($good, 2, pack 'n', 8));
silent('a length that is too large', set($good, 2, pack 'n', 0xfffc));
silent('no cookie', set($good, 4, 'xxxx'));
silent('a wrong fingerprint', set($good, length($good) - 1, "\0") eq $good
	? set($good, length($good) - 1, "\1") : set($good, length($good) - 1,
	"\0"));
silent("bit $_ changed", flip($good, $_))
	for map { 8 * $_ } 8, 12, 20, 24, 30, 50, 60, 70;
silent("cut to $_ bytes", substr $good, 0, $_) for 1, 19, 20, 21, 24,
	length($good) - 8, length($good) - 1;
silent('bytes behind it', $good . 'x' x 100);
silent('all ones', "\0\1\0\0" . "\xff" x 16);

my $random = 0;

for (1 .. 3000) {
	my $request = pack('nnN', 1, 8 * ($_ % 20), 0x2112a442)
		. join '', map { chr int rand 256 } 1 .. 12 + 8 * ($_ % 20);

	$random += request($request, 0);
}

is($random, 0, 'three thousand requests at random: no answer');

my $since = since($t, $before);

is($since->{out}, 0, 'the server has sent nothing at all');
cmp_ok($since->{'drop-stun'} + $since->{'drop-ufrag'}
	+ $since->{'drop-integrity'}, '>', 2900, 'all are counted');

is(descriptors($t), $files, 'no path has been made');

###############################################################################

# what is answered is never longer than what has asked

for my $family (4, 6) {
	my $to = "an IPv$family address";
	my %requests = (
		'a request' => $good,
		'the shortest request' => stun(key => $pwd,
			attributes => [ $good[0] ]),
		'a request with a name' => stun(key => $pwd, fingerprint => 1,
			attributes => [ @good, [ 0x8022, 'x' x 40 ] ]),
		'an unknown attribute' => stun(key => $pwd, fingerprint => 1,
			attributes => [ @good, [ 0x7fff, '' ] ]),
		'many unknown attributes' => stun(key => $pwd,
			attributes => [ $good[0], map { [ 0x7000 + $_, '' ] }
				1 .. 100 ]),
		'the wrong role' => stun(key => $pwd, fingerprint => 1,
			attributes => [ @good[0, 1], [ 0x8029, 'x' x 8 ] ]),
		'the wrong role in short' => stun(key => $pwd,
			attributes => [ $good[0], [ 0x8029, 'x' x 8 ] ]),
	);

	for my $name (sort keys %requests) {
		my $len = request($requests{$name}, 1, $family);

		cmp_ok($len, '<=', length $requests{$name}, "$name of $to: "
			. length($requests{$name}) . " bytes, $len back");
		cmp_ok($len, '>', 0, "$name of $to is answered")
			if $name eq 'a request';
	}
}

# where the candidates were

sleep 0.5;

for my $trap (@traps) {
	my $name = $trap->sockhost() . ':' . $trap->sockport();

	ok(!IO::Select->new($trap)->can_read(0), "nothing came to $name");
}

# the module cannot even ask for the address of a name

my $module = $ENV{SECMEET_MODULE}
	|| "$Test::Secmeet::TOP/build/ngx_secmeet_module.so";
my $symbols = `nm -D --undefined-only $module 2>&1`;

like($symbols, qr/\brecvmmsg\b/, 'symbols of the module');
unlike($symbols, qr/\b(?:getaddrinfo|gethostby\w+|ngx_resolve\w*|res_\w+)\b/,
	'none of them resolves names');

###############################################################################

sub trap {
	my ($address, $type) = @_;

	return IO::Socket::INET->new(
		LocalAddr => $address, Type => $type,
		Proto => $type == SOCK_DGRAM ? 'udp' : 'tcp',
		$type == SOCK_DGRAM ? () : (Listen => 5),
	) || die "trap: $!\n";
}

# bytes of the answer; the stranger has a socket of its own for each

sub request {
	my ($request, $seconds, $family) = @_;

	our %sockets;

	my $socket = $sockets{$family // 4} ||= IO::Socket::IP->new(
		LocalAddr => ($family // 4) == 6 ? '::1' : '127.0.0.9',
		PeerAddr => ($family // 4) == 6 ? '::1' : '127.0.0.1',
		PeerPort => $t->port(3478), Type => SOCK_DGRAM, Proto => 'udp',
	) || die "socket: $!\n";

	$socket->send($request);

	return 0 unless IO::Select->new($socket)->can_read($seconds
		&& timeout($seconds));

	$socket->recv(my $reply, 65536);

	return length($reply // '') || 0;
}

sub silent {
	my ($name, $request) = @_;

	is(request($request, 0.02), 0, "not answered: $name");

	return;
}

sub set {
	my ($bytes, $offset, $value) = @_;

	substr $bytes, $offset, length $value, $value;

	return $bytes;
}

sub flip {
	my ($bytes, $bit) = @_;

	vec($bytes, $bit, 1) ^= 1;

	return $bytes;
}

###############################################################################
