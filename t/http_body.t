#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The body of a PUT, with a proof in it, is read in memory: however it comes,
# and whatever the configuration says of bodies, it is never in a file.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

use Test::Secmeet;
use Test::Secmeet::HTTP2;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $t = Test::Secmeet->new()->plan();

$t->write_file_expand('nginx.conf', <<'EOC');

%%GLOBALS%%

events {
}

http {
    %%GLOBALS_HTTP%%

    client_body_timeout 1s;
    client_body_in_file_only on;
    client_body_buffer_size 512;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen 127.0.0.1:%%PORT_8084%% http2;

        location /meet/rooms/ {
            secmeet meet;
            secmeet_origin self none;
        }

        location /body/ {
            proxy_pass http://127.0.0.1:%%PORT_8080%%/none/;
        }
    }
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

EOC

$t->run();

my $temp = $t->testdir() . '/client_body_temp';
my $proof = 'canary' . 'A' x 37;
my $small = '{"proof":"' . $proof . '"}';
my $large = '{"proof":"' . $proof . '"' . ' ' x 969 . '}';

is(length $large, 1024, 'as much as there may be');

###############################################################################

# in pieces and in chunks, each after nginx has asked for a body

for my $text ($small, $large) {
	for my $size (1, 7, 700, 2000) {
		my @pieces = $text =~ /(.{1,$size})/gs;
		my $name = length($text) . " bytes, $size at a time";

		is(put('Content-Length: ' . length $text, @pieces), 201, $name);
		is(put('Transfer-Encoding: chunked', chunks(@pieces)), 201,
			"$name, chunked");
	}
}

is(put('Content-Length: 1025', "$large "), 413, 'a byte more');
is(put('Transfer-Encoding: chunked', chunks($large, ' ')), 413,
	'a byte more, chunked');
is(put('Transfer-Encoding: chunked', chunks(($large) x 100)), 413,
	'much more, chunked');
is(put('Transfer-Encoding: chunked', chunks('x' . $proof)), 400,
	'not JSON');
is(put('Transfer-Encoding: chunked', "x\r\n$proof"), 400, 'not chunks');
is(put('Transfer-Encoding: chunked', (chunks($small))[0]), 408,
	'half of it, then nothing');
is(put('Content-Length: 100', $small), 408, 'half of the length');

my $socket = $t->connection();
my $from = length $t->error_log();

$socket->syswrite(head('Content-Length: 100') . $small);
close $socket;
ok(waitfor(sub { substr($t->error_log(), $from)
	=~ /client prematurely closed/ }), 'half of it, then gone');

###############################################################################

# a second request right behind the body

for my $first (head("Content-Length: " . length $small) . $small,
	head('Transfer-Encoding: chunked') . join('', chunks($small)))
{
	my $text = $first =~ s/Connection: close/Connection: keep-alive/r;
	my $answer = $t->http($text . head('Content-Length: 0'));

	is(scalar(() = $answer =~ /HTTP\/1\.1 201 /g), 2, 'pipelined');
}

###############################################################################

# HTTP/2

my $h2 = Test::Secmeet::HTTP2->new($t->connection(port => 8084));

is($h2->request('PUT', uri(), body => $_), 201,
	'HTTP/2: ' . length($_) . ' bytes') for $small, $large;
is($h2->request('PUT', uri(), body => "$large "), 413, 'HTTP/2: a byte more');
is($h2->request('PUT', uri(), body => ''), 201, 'HTTP/2: nothing');
is($h2->request('PUT', uri(), body => $proof), 400, 'HTTP/2: not JSON');

###############################################################################

# where it is not

is(join(' ', glob "$temp/*"), '', 'no file');
unlike($t->error_log(), qr/buffered to a temporary file/,
	'nor was there one for a moment');
unlike($t->error_log() . $t->read_file('access.log'), qr/canary/,
	'not in a log');

$t->put('/body/x', body => 'x' x 100000);
isnt(join(' ', glob "$temp/*"), '', 'bodies of others are in files');

###############################################################################

sub uri { return '/meet/rooms/' . Test::Secmeet::tag() }

sub head {
	my (@headers) = @_;

	return 'PUT ' . uri() . " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
		. join('', map { "$_\r\n" } @headers) . "\r\n";
}

# with a long extension each, which counts for nginx's buffer

sub chunks {
	my (@pieces) = @_;

	return (map { sprintf "%x;%s\r\n%s\r\n", length $_, 'e' x 100, $_ }
		@pieces), "0\r\n\r\n";
}

# the status; 408 is nginx's for a connection that it closes without one

sub put {
	my ($header, @pieces) = @_;

	my $socket = $t->connection();
	my $answer = '';

	$socket->syswrite(head($header, 'Expect: 100-continue'));
	$socket->sysread($answer, 4096);

	for my $piece (@pieces) {
		$socket->syswrite($piece) or last;
	}

	$answer .= $t->http('', socket => $socket);

	return $answer =~ /HTTP\/1\.1 ([2-5]\d\d)/ ? $1 : 408;
}

###############################################################################
