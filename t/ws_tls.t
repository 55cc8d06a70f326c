#!/usr/bin/perl

# Copyright (C) secmeet contributors

# WebSockets through nginx's TLS, by openssl's own client.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

use IO::Handle;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw/ AF_UNIX SOCK_STREAM PF_UNSPEC /;

use Test::Secmeet;

use constant { CLOSE => 8, PING => 9, PONG => 10 };

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $t = Test::Secmeet->new()->plan();

$t->certificate('localhost') or $t->skip_all('no openssl');

$t->write_file_expand('nginx.conf', <<'EOF');

%%GLOBALS%%

events {
}

http {
    %%GLOBALS_HTTP%%

    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate %%TESTDIR%%/cert.pem;
    ssl_certificate_key %%TESTDIR%%/key.pem;

    server {
        listen 127.0.0.1:%%PORT_8443%% ssl;

        location /meet/rooms/ {
            secmeet meet;
            secmeet_message_rate 1000;
        }

        location /small/ {
            secmeet meet;
            secmeet_message_rate 1000;
            secmeet_message_size 1k;
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

my $port = $t->port(8443);
my $host = "localhost:$port";
my @children;

###############################################################################

# a room

my $tag = Test::Secmeet::tag();
my $r = tls_request('PUT', $tag, "https://$host");

is($r->{status}, 201, 'created');
ok($r->{json}{host}, 'the host token');

is(tls_request('PUT', Test::Secmeet::tag(), "http://$host")->{status}, 403,
	'http is another origin');
is(tls_request('PUT', Test::Secmeet::tag(), 'https://localhost')->{status},
	403, 'as is another port');

my $keeper = tls_ws();

is($keeper->status(), 101, 'upgraded');
is($keeper->join()->{type}, 'joined', 'joined');

for my $version (qw/ tls1_2 tls1_3 /) {
	my $ws = tls_ws(args => [ "-$version" ]);

	is($ws->status(), 101, "$version: upgraded");
	is($ws->join()->{type}, 'joined', "$version: joined");

	$ws->ping('x' x 125);
	is($ws->read_frame()->{data}, 'x' x 125, "$version: pong");

	# several TLS records both ways

	for my $n (1 .. 5) {
		$ws->send('send', data => $n x 60000);
		is($keeper->wait('message')->{data}, $n x 60000,
			"$version: a long message");
		$keeper->send('send', data => 'b' . $n x 60000);
		is($ws->wait('message')->{data}, 'b' . $n x 60000,
			"$version: and one back");
	}

	$ws->close(1000);
	is($ws->close_code(), 1000, "$version: closed");
	ok($ws->ended(), "$version: the end");
}

###############################################################################

# frames with the handshake, in one record

my $ws = tls_ws(early => Test::Secmeet::WebSocket->frame(
	data => '{"type":"join"}') . Test::Secmeet::WebSocket->frame(
	opcode => PING, data => 'early'));

is(($ws->read_message() || {})->{type}, 'joined', 'joined with the handshake');

# byte by byte, each in a record of its own

$ws = tls_ws();

for my $byte (split //, $ws->frame(data => '{"type":"join"}')) {
	$ws->send_bytes($byte);
	select undef, undef, undef, 0.002;
}

is(($ws->read_message() || {})->{type}, 'joined', 'joined byte by byte');

###############################################################################

# close codes come through

$ws = tls_ws();
$ws->send_raw_frame(data => 'x', mask => '');
is($ws->close_code(), 1002, 'no mask');

$ws = tls_ws(base => '/small/');
$ws->send_text(' ' x 500000);
is($ws->close_code(), 1009, 'half a megabyte too long');

$ws = tls_ws();
$ws->join();
$ws->disconnect();
ok($keeper->wait('left'), 'a lost connection is a peer that left');

# many messages at once to one who reads late

my $late = tls_ws();
$late->join();
$keeper->send('send', data => 'm' x 30000 . $_) for 1 .. 20;
select undef, undef, undef, 0.5;

my @got = map { substr $late->wait('message')->{data}, 30000 } 1 .. 20;
is("@got", "@{[1 .. 20]}", 'all of them in order');

###############################################################################

ok($t->stop(), 'stopped');
is($late->wait('end')->{reason}, 'stop', 'a peer is told');
is($late->close_code(), 1001, 'and let go');

kill 'TERM', @children;
waitpid $_, 0 for @children;

###############################################################################

# a socket whose other end openssl carries through TLS

sub tls {
	my (@args) = @_;

	my ($ours, $theirs) = IO::Socket::UNIX->socketpair(AF_UNIX, SOCK_STREAM,
		PF_UNSPEC) or die "socketpair: $!\n";
	my $pid = fork();

	die "fork: $!\n" unless defined $pid;

	if ($pid == 0) {
		close $ours;
		open STDIN, '<&', $theirs;
		open STDOUT, '>&', $theirs;
		open STDERR, '>', '/dev/null';
		exec 'openssl', 's_client', '-quiet', '-connect',
			"127.0.0.1:$port", '-servername', 'localhost', @args
			or POSIX::_exit(127);
	}

	push @children, $pid;

	return $ours;
}

sub tls_request {
	my ($method, $tag, $origin) = @_;

	return Test::Secmeet::parse_response($t->http("$method /meet/rooms/$tag "
		. "HTTP/1.1\r\nHost: $host\r\nOrigin: $origin\r\n"
		. "Content-Length: 0\r\nConnection: close\r\n\r\n",
		socket => tls()));
}

sub tls_ws {
	my (%opt) = @_;

	my $socket = tls(@{delete $opt{args} || []});
	my $early = delete $opt{early};
	my $key = 'A' x 22 . '==';
	my $uri = ($opt{base} || '/meet/rooms/') . $tag;

	$socket->syswrite("GET $uri HTTP/1.1\r\nHost: $host\r\n"
		. "Origin: https://$host\r\nUpgrade: websocket\r\n"
		. "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		. "Sec-WebSocket-Protocol: secmeet.1\r\n"
		. "Sec-WebSocket-Key: $key\r\n\r\n" . ($early // ''));

	my $ws = bless { socket => $socket, buffer => '', queue => [],
		autopong => 1, status => 0 }, 'Test::Secmeet::WebSocket';

	$ws->read_response($key);

	return $ws;
}

###############################################################################
