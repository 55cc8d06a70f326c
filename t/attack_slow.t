#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threat A29: bodies and WebSockets that are too large, too slow, too many or
# never read.  Bytes, rates and times are limited, and what was taken comes
# back.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Attack;

use IO::Select;
use Socket qw/ SOL_SOCKET SO_RCVBUF /;
use Time::HiRes qw/ sleep time /;

###############################################################################

my $t = Test::Secmeet->new();

$t->plan()->write_file_expand('nginx.conf', <<'EOC')->run();

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
        client_body_timeout 1s;
        client_header_timeout 1s;

        location /meet/rooms/ {
            secmeet meet;
            secmeet_message_rate 200;
            secmeet_resume_timeout 1s;
        }

        location /loud/ {
            secmeet meet;
            secmeet_message_rate 1000;
        }

        location /short/ {
            secmeet meet;
            secmeet_join_timeout 2s;
        }

        location = /status {
            secmeet_status;
        }
    }
}

EOC

###############################################################################

my $base = '/meet/rooms/';
my ($tag, $token) = $t->create_room();
my $keeper = $t->join($tag);
my $files = files();
my ($memory, $descriptors);

# a first round of each makes what is made once

large_bodies(4);
sessions(20);
measure();

###############################################################################

# bodies: announced, sent in pieces, sent without an end

large_bodies(40);
released('large bodies', 4096);

is(files(), $files, 'no file is left of them');

my $socket = put_head('Content-Length: 1000');
my $start = time();

$socket->syswrite('{');
is(read_all($socket), '', 'a body that stops: no answer');
cmp_ok(time() - $start, '<', timeout(3), 'and soon no connection');

$socket = put_head('Transfer-Encoding: chunked');
$socket->syswrite("1\r\n{\r\n");
$start = time();
read_all($socket);
cmp_ok(time() - $start, '<', timeout(3), 'a chunked body that stops');

$socket = $t->connection();
$start = time();

for (1 .. 40) {
	last unless $socket->syswrite('x');
	last if IO::Select->new($socket)->can_read(0.1);
}

cmp_ok(time() - $start, '<', timeout(3), 'a request that never ends');

###############################################################################

# WebSockets that say nothing, or never come to an end

sessions(300);
released('three hundred sessions without a join', 4096);

# what a header promises takes no memory before it comes

my @sockets = map { scalar $t->join($tag) } 1 .. 90;

measure();
$_->send_bytes(substr $_->frame(len => 65000, data => 'x' x 10), 0, 18)
	for @sockets;
settle();
released('ninety frames of 65000 bytes, ten of each there', 512, 1);
$_->disconnect() for @sockets;
settle();

# a byte each quarter of a second: a join in time, or the end

my $slow = $t->ws($tag, base => '/short/');
my $frame = $slow->frame(data => '{"type":"join"}');

$start = time();

for my $byte (split //, $frame) {
	last if defined $slow->close_code(0) || $slow->{eof};
	$slow->send_bytes($byte);
	sleep 0.25;
}

is($slow->close_code(), 4000, 'a join that comes too slowly');
cmp_ok(time() - $start, '<', timeout(4) + 4, 'in time');

# too much at once

my $ws = $t->join($tag);

measure();
$ws->send_bytes($ws->frame(data => 'x', fin => 0));
$ws->send_bytes($ws->frame(opcode => 0, data => 'x' x 1000, fin => 0) x 60)
	for 1 .. 2;
is($ws->close_code(), 1009, 'fragments without an end');
$ws->disconnect();

$ws = $t->join($tag);
$ws->send_bytes($ws->frame(data => 'x', fin => 0));

my $cpu = cpu($t);
my $empty = $ws->frame(opcode => 0, fin => 0) x 1000;

$ws->send_bytes($empty) for 1 .. 100;
$ws->ping('there');
ok(pong($ws), 'a hundred thousand empty fragments');
$cpu = (cpu($t) - $cpu) / 100000;
cmp_ok($cpu, '<', $ENV{SECMEET_PRELOAD} ? 20 : 2,
	sprintf 'they cost %.2f us each', $cpu);
$ws->disconnect();

for my $opcode (9, 10) {
	$ws = $t->join($tag);
	$ws->send_bytes($ws->frame(opcode => $opcode, data => 'x' x 125) x 500);
	is($ws->close_code(), 1008, 'five hundred of opcode ' . $opcode);
	$ws->disconnect();
}

$ws = $t->join($tag);
$ws->send_bytes($ws->frame(data => '{"type":"send","data":"x"}') x 500);
is($ws->close_code(), 1008, 'five hundred messages at once');
$ws->disconnect();
drain();
released('too much at once', 4096);

###############################################################################

# twenty who do not read what one of them says

my @deaf = map {
	my $small = $t->connection();

	setsockopt $small, SOL_SOCKET, SO_RCVBUF, 4096;

	my $deaf = $t->ws($tag, socket => $small);

	$deaf->send('join');
	$deaf;
} 1 .. 20;

my $loud = $t->ws($tag, base => '/loud/');
my $data = 'd' x 60000;
my $largest = 0;

$loud->join();

drain();
measure();

for (1 .. 100) {
	$loud->send('send', data => $data);
	$keeper->wait('message', from => 'nobody', timeout => 0);
	$keeper->{queue} = [];
	sleep 0.02;

	my $now = memory($t) - $memory;

	$largest = $now if $now > $largest;
}

diag("twenty who do not read held $largest kB at most");
ok($ENV{SECMEET_PRELOAD} || $largest < 20 * 1200,
	'what waits for them is a megabyte each at most');
ok(waitfor(sub { drain(); counters($t)->{peers} <= 2 }, 8), 'they are let go');
$_->disconnect() for @deaf;
$loud->close(1000);
$loud->close_code();
drain();

# nothing of all that is left

ok(waitfor(sub { counters($t)->{peers} == 1 }), 'one peer is left');
ok(waitfor(sub { descriptors($t) <= $descriptors - 21 }, 5),
	'and no descriptor');

$keeper->send('send', data => 'x');
ok(!defined $keeper->close_code(0.2), 'the keeper may go on');
is($t->delete_room($tag, $token)->{status}, 204, 'and the host end it');

###############################################################################

sub large_bodies {
	my ($n) = @_;

	for my $i (1 .. $n) {
		my $socket = put_head($i % 2 ? 'Content-Length: 1099511627776'
			: 'Transfer-Encoding: chunked');
		my $chunk = $i % 2 ? 'x' x 65536
			: "10000\r\n" . 'x' x 65536 . "\r\n";
		my $answer = '';

		for (1 .. 20) {
			$socket->syswrite($chunk) or last;

			next unless IO::Select->new($socket)->can_read(0);

			$socket->sysread($answer, 65536);
			last;
		}

		while ($answer !~ /\n/) {
			last unless IO::Select->new($socket)->can_read(timeout(5));
			last unless $socket->sysread($answer, 65536,
				length $answer);
		}

		next if $answer =~ /^HTTP\/1\.1 413 /;

		fail("body $i: " . ($answer =~ s/\r.*//sr));
	}

	pass("$n large bodies are refused");

	return;
}

sub put_head {
	my ($header) = @_;

	my $socket = $t->connection();
	my $host = $t->host();

	$socket->syswrite("PUT $base" . Test::Secmeet::tag() . " HTTP/1.1\r\n"
		. "Host: $host\r\nOrigin: http://$host\r\n$header\r\n\r\n");

	return $socket;
}

# handshakes that are all; each ends by itself

sub sessions {
	my ($n) = @_;

	my @sessions = map { $t->ws($tag, base => '/short/') } 1 .. $n;
	my $codes = 0;

	for my $ws (@sessions) {
		$codes++ if ($ws->close_code(4) // '') eq '4000';
		$ws->disconnect();
	}

	is($codes, $n, "$n sessions end by themselves");

	return;
}

sub read_all {
	my ($socket) = @_;

	my $text = '';
	my $end = time() + timeout(8);

	while (IO::Select->new($socket)->can_read($end - time())) {
		last unless $socket->sysread($text, 65536, length $text);
	}

	return $text;
}

sub pong {
	my ($ws) = @_;

	while (my $frame = $ws->read_frame(8)) {
		return 1 if $frame->{opcode} == $ws->PONG;
	}

	return 0;
}

# none but the keeper is there, and for a while none has been

sub settle {
	waitfor(sub { drain(); counters($t)->{peers} <= 1 });
	sleep 0.3;
	drain();

	return;
}

# the keeper reads, and so stays

sub drain {
	1 while $keeper->read_message(0.05);
	$keeper->{queue} = [];

	return;
}

sub measure {
	settle();
	$memory = memory($t);
	$descriptors = descriptors($t);

	return;
}

# what was taken is back, but for a few kilobytes

sub released {
	my ($name, $most, $open) = @_;

	settle();

	ok(waitfor(sub { drain(); descriptors($t) <= $descriptors }, 5),
		"$name: no descriptor is left") unless $open;

	my $more = memory($t) - $memory;

	ok($ENV{SECMEET_PRELOAD} || $more < $most, "$name: $more kB more");

	return;
}

# all below the test's directory, without the logs

sub files {
	my $dir = $t->testdir();

	return join ' ', grep { !/\.log$/ } map { glob "$dir/$_" } '*', '*/*',
		'*/*/*/*';
}

###############################################################################
