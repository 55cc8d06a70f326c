#!/usr/bin/perl

# Copyright (C) secmeet contributors

# WebSocket frames of an attacker (RFC 6455), the close codes, and the limits
# of bytes, rate and time.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

use IO::Select;
use Socket qw/ SOL_SOCKET SO_RCVBUF IPPROTO_TCP TCP_NODELAY /;
use Time::HiRes qw/ sleep time /;

use Test::Secmeet;

use constant { CONT => 0, TEXT => 1, BINARY => 2, CLOSE => 8, PING => 9,
	PONG => 10 };

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $t = Test::Secmeet->new()->plan();

# a sanitizer that looks for leaks in two workers takes longer than nginx waits

$t->allow(qr/exited on signal 9/) if $ENV{SECMEET_PRELOAD};

$t->write_file_expand('nginx.conf', <<'EOF');

%%GLOBALS%%

worker_shutdown_timeout 1s;

events {
}

http {
    %%GLOBALS_HTTP%%

    secmeet_message_rate 1000;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        client_header_buffer_size 512;

        location /meet/rooms/ {
            secmeet meet;
        }

        location /small/ {
            secmeet meet;
            secmeet_message_size 1k;
        }

        location /rate/ {
            secmeet meet;
            secmeet_message_rate 5;
        }

        location /idle/ {
            secmeet meet;
            secmeet_idle_timeout 1s;
        }

        location /late/ {
            secmeet meet;
            secmeet_join_timeout 1s;
        }

        location /slow/ {
            secmeet meet;
            limit_rate 50;
        }
    }
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

EOF

$t->run();

my ($tag, $token) = $t->create_room();
my $keeper = $t->join($tag);

###############################################################################

# the handshake

my $ws = $t->ws($tag);

is($ws->status(), 101, 'upgraded');
ok($ws->accepted(), 'the key is answered');
is($ws->response()->{headers}{upgrade}, 'websocket', 'Upgrade');
is($ws->response()->{headers}{connection}, 'upgrade', 'Connection');
is($ws->response()->{headers}{'sec-websocket-protocol'}, 'secmeet.1',
	'the protocol');
is($ws->response()->{headers}{'sec-websocket-extensions'}, undef,
	'no extension');
is($ws->response()->{headers}{'cache-control'}, 'no-store', 'not stored');

is($t->ws(Test::Secmeet::tag())->status(), 101,
	'whether there is a room is not told');

handshake(101, 'words among others', Upgrade => 'h2c, WebSocket',
	Connection => 'keep-alive, UPGRADE',
	'Sec-WebSocket-Protocol' => 'x.1,secmeet.1 , y');
handshake(426, 'no Upgrade', Upgrade => undef);
handshake(426, 'another Upgrade', Upgrade => 'websocket2');
handshake(426, 'no Connection', Connection => undef);
handshake(426, 'another Connection', Connection => 'close');
handshake(426, 'no version', 'Sec-WebSocket-Version' => undef);
handshake(426, 'another version', 'Sec-WebSocket-Version' => $_)
	for 8, 12, 130, '013', '13, 8';
handshake(426, 'no protocol', 'Sec-WebSocket-Protocol' => undef);
handshake(426, 'another protocol', 'Sec-WebSocket-Protocol' => $_)
	for 'secmeet.2', 'Secmeet.1', 'secmeet.11', 'secmeet', '';
handshake(400, 'no key', 'Sec-WebSocket-Key' => undef);
handshake(400, "key '$_'", 'Sec-WebSocket-Key' => $_)
	for '', 'A' x 24, 'A' x 22, 'A' x 21 . '===', 'A' x 26 . '==',
	'A' x 21 . '!==';
handshake(400, 'a body', 'Content-Length' => 1);
handshake(400, 'a chunked body', 'Transfer-Encoding' => 'chunked');

my $text = $t->http("GET /meet/rooms/$tag HTTP/1.0\r\nHost: a\r\n"
	. "Origin: http://a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	. "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: secmeet.1\r\n"
	. 'Sec-WebSocket-Key: ' . 'A' x 22 . "==\r\n\r\n");

like($text, qr/^HTTP\/1\.1 426 Upgrade Required/, 'HTTP/1.0');

###############################################################################

# texts in pieces

joins('in one piece', sub { $_[0]->send_bytes(join_frame()) });

joins('byte by byte', sub {
	my ($ws) = @_;

	setsockopt($ws->{socket}, IPPROTO_TCP, TCP_NODELAY, 1);

	for my $byte (split //, join_frame()) {
		$ws->send_bytes($byte);
		sleep 0.001;
	}
});

joins('in fragments', sub {
	my ($ws) = @_;
	my ($first, @rest) = split //, '{"type":"join"}';

	$ws->send_bytes($ws->frame(data => $first, fin => 0)
		. join('', map { $ws->frame(opcode => CONT, data => $_, fin => 0) }
			@rest)
		. $ws->frame(opcode => CONT));
});

joins('with pings in between', sub {
	my ($ws) = @_;

	$ws->send_bytes($ws->frame(data => '{"type":', fin => 0)
		. $ws->frame(opcode => PING, data => 'between')
		. $ws->frame(opcode => CONT, data => '"join"', fin => 0)
		. $ws->frame(opcode => PONG)
		. $ws->frame(opcode => CONT, data => '}'));
	is($ws->read_frame()->{data}, 'between', 'pong in between');
});

joins('in empty fragments too', sub {
	my ($ws) = @_;

	$ws->send_bytes($ws->frame(fin => 0)
		. $ws->frame(opcode => CONT, fin => 0) x 100
		. $ws->frame(opcode => CONT, data => '{"type":"join"}'));
});

joins('with a mask of zeros', sub {
	my ($ws) = @_;

	$ws->send_raw_frame(data => '{"type":"join"}', mask => "\0" x 4);
});

# with the handshake in one segment, also beyond nginx's first buffer

for my $pings (0, 3, 200) {
	my $frames = Test::Secmeet::WebSocket->frame(opcode => PING,
		data => 'early') x $pings . join_frame();
	my $early = early($frames);

	for (1 .. $pings) {
		my $frame = $early->read_frame();

		next if $frame && $frame->{opcode} == PONG
			&& $frame->{data} eq 'early';

		fail("pong $_ of $pings");
		last;
	}

	is(($early->read_message() || {})->{type}, 'joined',
		"joined with the handshake, after $pings pings");
}

is(early(Test::Secmeet::WebSocket->frame(opcode => BINARY))->close_code(),
	1003, 'refused with the handshake');

$ws = $t->ws($tag, base => '/slow/');
is($ws->status(), 101, 'a handshake at 50 bytes a second');
is($ws->join()->{type}, 'joined', 'and a join after it');

###############################################################################

# ping, pong, close

$ws = $t->join($tag);

for my $data ('', 'x', 'y' x 125) {
	$ws->ping($data);

	my $frame = control($ws);

	is("$frame->{opcode} $frame->{data}", PONG . " $data",
		'pong of ' . length($data) . ' bytes');
	ok(!$frame->{masked} && $frame->{fin} && !$frame->{rsv}, 'as it must be');
}

$ws->send_raw_frame(opcode => PONG, data => 'nobody asked');
$ws->ping('again');
is(control($ws)->{data}, 'again', 'a pong is ignored');

for my $code (undef, 1000, 1001, 3000, 4999) {
	my $name = defined $code ? $code : 'nothing';

	$ws = $t->join($tag);
	$ws->close($code, defined $code ? 'bye' : undef);

	my $frame = control($ws);

	is($frame->{opcode}, CLOSE, "close with $name: answered");
	is($frame->{data}, defined $code ? pack('n', $code) : '',
		"close with $name: the same");
	ok($ws->ended(), "close with $name: the end");
}

is($keeper->wait('left', timeout => 1) ? 1 : 0, 1, 'others are told');

$ws = $t->join($tag);
$ws->close(1000);
$ws->send('send', data => 'after the close');
ok($ws->ended(), 'what follows a close is not read');
ok($keeper->silent('message'), 'nor given to others');

###############################################################################

# what breaks the protocol

broken(1002, 'no mask', { data => '{}', mask => '' });
broken(1002, "RSV $_", { data => '{}', rsv => $_ }) for 1, 2, 4, 7;
broken(1002, "opcode $_", { opcode => $_ }) for 3 .. 7, 11 .. 15;
broken(1002, 'continuation of nothing', { opcode => CONT });
broken(1002, 'a text in a text', { fin => 0 }, { });
broken(1002, 'a fragmented ping', { opcode => PING, fin => 0 });
broken(1002, 'a fragmented close', { opcode => CLOSE, fin => 0 });
broken(1002, 'a ping of 126 bytes', { opcode => PING, data => 'x' x 126 });
broken(1002, 'a ping with a long length', { opcode => PING, data => 'x',
	form => 16 });
broken(1002, '16 bits of length for 125', { data => 'x' x 125, form => 16 });
broken(1002, '64 bits of length for 65535', { data => '', len => 65535,
	form => 64 });
broken(1002, 'a negative length', { len => 1 << 63, form => 64 });
broken(1002, 'half a status', { opcode => CLOSE, data => 'x' });

broken(1002, "close with $_", { opcode => CLOSE, data => pack 'n', $_ })
	for 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535;

broken(1003, 'binary', { opcode => BINARY, data => 'x' });
broken(1003, 'binary, begun', { opcode => BINARY, fin => 0 });

broken(1007, 'no UTF-8: ' . unpack('H*', $_), { data => $_ })
	for "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2";
broken(1007, 'no UTF-8 in fragments', { data => "\xe2\x82", fin => 0 },
	{ opcode => CONT, data => 'x' });
broken(1007, 'no UTF-8 in a reason', { opcode => CLOSE,
	data => pack('n', 1000) . "\xff" });

# it is found before the frame is complete

$ws = $t->join($tag);
$ws->send_bytes(substr $ws->frame(data => "\xff" . 'x' x 1000), 0, 100);
is($ws->close_code(), 1007, 'no UTF-8 at the beginning of a frame');

###############################################################################

# sizes

$ws = $t->ws($tag, base => '/small/');
$ws->send_text(pad('{"type":"join"}', 1024));
is($ws->read_message()->{type}, 'joined', 'a message of secmeet_message_size');
$ws->send_text(pad('{"type":"join"}', 1025));
is($ws->close_code(), 1009, 'one byte more');

$ws = $t->ws($tag, base => '/small/');
$ws->send_bytes($ws->frame(data => 'x' x 1000, fin => 0)
	. $ws->frame(opcode => CONT, data => 'x' x 25));
is($ws->close_code(), 1009, 'one byte more in fragments');

$ws = $t->ws($tag, base => '/small/');
$ws->send_bytes(substr $ws->frame(len => 1 << 40, form => 64), 0, 14);
is($ws->close_code(), 1009, 'a terabyte is announced');

$ws = $t->join($tag);
$ws->send_text(pad('{"type":"send","data":"' . 'd' x 60000 . '"}', 65536));
is(length($keeper->wait('message')->{data}), 60000, '64 KiB');
$ws->send_text(' ' x 65537);
is($ws->close_code(), 1009, 'one byte more than 64 KiB');

$ws = $t->join($tag);
$ws->send_text(' ' x 5000000);
is($ws->close_code(), 1009, 'five megabytes more: told all the same');
ok($ws->ended(), 'and ended');

###############################################################################

# rate

$ws = $t->ws($tag, base => '/rate/');
$ws->send_text('{"type":"join"}');
$ws->send_text('{"type":"send","data":""}') for 1 .. 4;
ok(!defined $ws->close_code(0.3), 'as many messages as secmeet_message_rate');
$ws->send_text('{"type":"send","data":""}') for 1 .. 6;
is($ws->close_code(), 1008, 'more of them');

for my $opcode (PING, PONG) {
	$ws = $t->ws($tag, base => '/rate/');
	$ws->send_raw_frame(opcode => $opcode) for 1 .. 5;
	ok(!defined $ws->close_code(0.3), "as many of opcode $opcode");
	$ws->send_raw_frame(opcode => $opcode) for 1 .. 7;
	is($ws->close_code(), 1008, "more of opcode $opcode");
}

$ws = $t->join($tag);
$ws->send_text('x') for 1 .. 15;
ok(!defined $ws->close_code(0.3), '15 errors');
$ws->send_text('x');
is($ws->close_code(), 1008, '16 errors');
is(scalar(grep { $_->{type} eq 'error' } @{$ws->{queue}}), 16, 'all told');

###############################################################################

# time

my $start = time();

$ws = $t->ws($tag, base => '/late/');
$ws->ping() while sleep(0.2) && !defined $ws->close_code(0);
is($ws->close_code(), 4000, 'no join within secmeet_join_timeout');
ok(time() - $start > 0.9, 'not before its time');

$start = time();
$ws = $t->ws($tag, base => '/idle/');
$ws->autopong(0);
is($ws->read_frame()->{opcode}, PING, 'a ping after half of the idle time');
ok(time() - $start > 0.4 && time() - $start < timeout(0.9), 'in time');
is($ws->close_code(), 4001, 'nothing for secmeet_idle_timeout');
ok(time() - $start > 0.9, 'not before its time');

$ws = $t->ws($tag, base => '/idle/');
$ws->join();
ok(!defined $ws->close_code(2.5), 'who answers pings stays');

$ws = $t->ws($tag, base => '/idle/');
$ws->autopong(0);
sleep 0.3, $ws->send_bytes(substr join_frame(), $_, 1) for 0 .. 5;
ok(!grep({ $_->{opcode} == CLOSE } frames($ws)), 'a byte is a sign of life');

# the server's goodbye is not waited for longer than two seconds

$ws = $t->ws($tag);
$start = time();
$ws->send_raw_frame(opcode => BINARY);
is($ws->read_frame()->{opcode}, CLOSE, 'closed');
ok($ws->ended(4), 'the answer is not waited for for ever');
ok(time() - $start > 1.5, 'but for two seconds');

###############################################################################

# a peer that does not read

my ($small, $deaf) = ($t->connection());

setsockopt($small, SOL_SOCKET, SO_RCVBUF, 4096);
$deaf = $t->ws($tag, socket => $small);
$deaf->join();
$ws = $t->join($tag);

my $data = 'd' x 60000;

for (1 .. 200) {
	$ws->send('send', data => $data);
	$keeper->wait('message');
	last if $keeper->wait('left', peer => 'nobody', timeout => 0) || left();
}

ok(left(), 'who does not read is let go');
$deaf->disconnect();
$ws->send('send', data => 'on');
ok($keeper->wait('message', data => 'on'), 'others go on');

###############################################################################

# the end of the connection without any goodbye

$ws = $t->join($tag);
$ws->disconnect();
ok($keeper->wait('left'), 'a lost connection is a peer that left');

$ws = $t->join($tag);
$ws->send_bytes(substr $ws->frame(data => 'x' x 1000), 0, 500);
$ws->disconnect();
ok($keeper->wait('left'), 'also within a frame');

###############################################################################

# a reload and its end

my $old = $keeper;

$t->reload();
is($old->ping('old') && control($old)->{data}, 'old',
	'it goes on in the old worker');
is($old->wait('rejoin')->{reason}, 'shutdown',
	'shortly before worker_shutdown_timeout it is told to come back');
is($old->close_code(), 1012, 'and let go');

($tag, $token) = $t->create_room();
$keeper = $t->join($tag);
$ws = $t->ws($tag);

ok($t->stop(), 'stopped');
is($keeper->wait('end')->{reason}, 'stop', 'a peer is told');
is($keeper->close_code(), 1001, 'and let go');
is($ws->close_code(), 1001, 'as is who has not joined');

unlike($t->error_log(), qr/open socket/, 'no socket is left');
unlike($t->error_log(), qr/$tag|dddd/, 'no word of it in the log');

###############################################################################

sub handshake {
	my ($status, $name, %headers) = @_;

	my $ws = $t->ws($tag, headers => \%headers);

	is($ws->status(), $status, $name);

	return;
}

sub join_frame {
	return Test::Secmeet::WebSocket->frame(data => '{"type":"join"}');
}

sub joins {
	my ($name, $send) = @_;

	my $ws = $t->ws($tag);

	$send->($ws);
	is(($ws->read_message() || {})->{type}, 'joined', "joined $name");

	return;
}

# a WebSocket whose frames come with its handshake

sub early {
	my ($frames) = @_;

	my $socket = $t->connection();
	my $host = $t->host();

	$socket->syswrite("GET /meet/rooms/$tag HTTP/1.1\r\nHost: $host\r\n"
		. "Origin: http://$host\r\nUpgrade: websocket\r\n"
		. "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		. "Sec-WebSocket-Protocol: secmeet.1\r\nSec-WebSocket-Key: "
		. 'A' x 22 . "==\r\n\r\n$frames");

	my $ws = bless { socket => $socket, buffer => '', queue => [],
		autopong => 1 }, 'Test::Secmeet::WebSocket';

	$ws->read_response('A' x 22 . '==');

	return $ws;
}

sub broken {
	my ($code, $name, @frames) = @_;

	my $ws = $t->join($tag);

	$ws->send_bytes(join '', map { $ws->frame(%$_) } @frames);
	is($ws->close_code(), $code, $name);

	return;
}

sub pad {
	my ($text, $len) = @_;
	return $text . ' ' x ($len - length $text);
}

# the next frame that is no text

sub control {
	my ($ws) = @_;

	while (my $frame = $ws->read_frame()) {
		return $frame if $frame->{opcode} != TEXT;
	}

	return { opcode => 'none', data => 'none' };
}

# the frames that are there

sub frames {
	my ($ws) = @_;
	my @frames;

	while (my $frame = $ws->read_frame(0)) {
		push @frames, $frame;
	}

	return @frames;
}

sub left {
	return scalar grep { $_->{type} eq 'left' } @{$keeper->{queue}};
}

###############################################################################
