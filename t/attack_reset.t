#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Requests whose client is gone before they are answered: pipelined, and the
# connection reset.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;

use Socket qw/ SOL_SOCKET SO_LINGER /;

###############################################################################

my $t = Test::Secmeet->new()->plan(4 * 2);

$t->write_file_expand('nginx.conf', <<'EOC');

%%GLOBALS%%

worker_processes WORKERS;

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

    keepalive_requests 10000;
    secmeet_rooms 100000;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet:16m;
            secmeet_join_timeout 1s;
        }

        location = /status {
            secmeet_status;
        }
    }
}

EOC

my $conf = $t->read_file('nginx.conf');
my $host = $t->host();

###############################################################################

for my $workers (1, 2) {
	$t->write_file('nginx.conf', $conf =~ s/WORKERS/$workers/r)->run();

	my $before = join ' ', sort $t->workers();

	for my $what (qw/ DELETE PUT GET /) {
		reset_after($what) for 1 .. 100;
		is($t->get('/status')->{status}, 200, "$workers workers: $what");
	}

	is(join(' ', sort $t->workers()), $before,
		"$workers workers: none has died");
	$t->stop();
}

###############################################################################

sub reset_after {
	my ($what) = @_;

	my $socket = $t->connection();
	my $uri = $what eq 'GET' ? '/status' : '/meet/rooms/' . Test::Secmeet::tag();
	my $body = $what eq 'PUT' ? "Content-Length: 2\r\n\r\n{}" : "\r\n";

	$socket->syswrite("$what $uri HTTP/1.1\r\nHost: $host\r\n"
		. "Origin: http://$host\r\n$body") for 1 .. 20;

	setsockopt $socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
	close $socket;

	return;
}

###############################################################################
