#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The status page: numbers, and nothing else.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

use IO::Socket::INET;
use Test::Secmeet;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $t = Test::Secmeet->new()->plan();

$t->write_file_expand('nginx.conf', <<'EOF');

%%GLOBALS%%

events {
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet;
            secmeet_resume_timeout 1s;
        }

        location = /status {
            secmeet_status;
        }
    }
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }

    server {
        listen %%PORT_3479_UDP%% udp reuseport;
        secmeet_media on;
    }
}

EOF

$t->run();

my $r = $t->get('/status', headers => { Origin => undef });

is($r->{status}, 200, 'status');
is($r->{headers}{'content-type'}, 'application/json', 'JSON');
is($r->{headers}{'cache-control'}, 'no-store', 'not stored');
is(join(' ', sort keys %{$r->{json}}), 'counters peers rooms stats workers', 'fields');
like($r->{body}, qr/^\{"workers":1,"rooms":0,"peers":0,"counters":\{"in":0,
	("[a-z-]+":0,)+"drop-send":0\},"stats":\{.*\}\}$/sx, 'all is zero');

is($t->request('HEAD', '/status')->{status}, 200, 'HEAD');
is($t->request('HEAD', '/status')->{body}, '', 'HEAD: no body');

$r = $t->put('/status');
is("$r->{status} $r->{body}", '405 {"error":"method"}', 'PUT');
is($r->{headers}{allow}, 'GET, HEAD', 'Allow');

###############################################################################

# rooms and peers

my ($tag, $token) = $t->create_room();

is(numbers(), '1 0', 'one room');

my $ws = $t->join($tag, name => 'canary-name');
my $other = $t->join($tag);

is(numbers(), '1 2', 'two peers');

$r = $t->get('/status');
unlike($r->{text}, qr/canary|$tag|127\.0/, 'nothing but numbers');

$ws->send('leave');
is($ws->close_code(), 1000, 'one leaves');
is(numbers(), '1 1', 'one peer');

$other->disconnect();
ok(waitfor(sub { numbers() eq '0 0' }), 'the last peer takes the room along');

###############################################################################

# datagrams, by a specific address and by the wildcard

for my $port (3478, 3479) {
	my $socket = IO::Socket::INET->new(
		Proto => 'udp', PeerAddr => '127.0.0.1',
		PeerPort => $t->port($port),
	);

	my $before = counters();

	$socket->send($_) for '', 'x', "\x00\x01" . 'x' x 30, "\x80" x 50,
		"\x16\xfe\xff" . 'x' x 100, "\x80" . 'x' x 1499,
		"\x80" . 'x' x 1500, 'x' x 9000;

	ok(waitfor(sub { moved('in', $before) == 8 }), "$port: in");
	is(moved('drop-truncated', $before), 2, "$port: too long");
	is(moved('drop-unknown', $before), 2, "$port: unknown");
	is(moved('drop-stun', $before), 1, "$port: no STUN");
	is(moved('drop-tuple', $before), 3, "$port: from nobody");
	is(moved('out', $before), 0, "$port: no answer");
}

# more than one wake-up reads

my $before = counters();
my $socket = IO::Socket::INET->new(
	Proto => 'udp', PeerAddr => '127.0.0.1', PeerPort => $t->port(3478),
);

$socket->send('x' x 100) for 1 .. 1000;

ok(waitfor(sub { moved('in', $before) == 1000 }), 'a thousand datagrams');
is(moved('drop-unknown', $before), 1000, 'all of them dropped');
unlike($t->error_log(), qr/udp client/, 'nginx makes no sessions of them');

###############################################################################

# the sockets after a reload

$t->reload();
ok(waitfor(sub { $t->workers(1) == 1 }), 'the old worker has gone');

for my $port (3478, 3479) {
	$before = counters();
	$socket = IO::Socket::INET->new(
		Proto => 'udp', PeerAddr => '127.0.0.1',
		PeerPort => $t->port($port),
	);

	$socket->send('x') for 1 .. 10;
	ok(waitfor(sub { moved('in', $before) == 10 }),
		"$port: in after a reload");
}

###############################################################################

sub numbers {
	my $json = $t->get('/status')->{json};
	return "$json->{rooms} $json->{peers}";
}

sub counters {
	return $t->get('/status')->{json}{counters};
}

sub moved {
	my ($name, $before) = @_;
	return counters()->{$name} - $before->{$name};
}

###############################################################################
