#!/usr/bin/perl

# Copyright (C) secmeet contributors

# No tag in any log line, wherever a request ends: in its line, its header,
# before its location is known or behind it.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

use IO::Socket::INET ();

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

    log_format all '$uri|$document_uri|$request_uri|$request|$args|'
                   '$query_string|$http_referer|$request_filename|$asked| '
                   '$status';

    access_log %%TESTDIR%%/all.log all;
    rewrite_log on;

    client_header_timeout 1s;
    client_body_timeout 1s;
    large_client_header_buffers 2 1k;

    limit_req_zone $binary_remote_addr zone=req:1m rate=1r/m;
    limit_conn_zone $server_name zone=conn:1m;

    # before the log: its value is kept

    map $request_uri $asked {
        default "";
        ~never  1;
    }

    # the default of the socket, and no server of meetings

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen 127.0.0.1:%%PORT_8084%% http2;
        server_name default.example;
    }

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen 127.0.0.1:%%PORT_8084%% http2;
        listen 127.0.0.1:%%PORT_8086%% proxy_protocol;
        server_name meet.example;

        error_log %%TESTDIR%%/meet.log info;
        error_log syslog:server=127.0.0.1:%%PORT_5140_UDP%% info;

        location /meet/rooms/ {
            secmeet meet;
            client_max_body_size 2k;
        }

        location /page/ {
            secmeet meet;
            client_max_body_size 2k;
            error_page 413 = /answer;
        }

        location = /answer {
            return 413;
        }

        location /auth/ {
            secmeet meet;
            auth_basic "meetings";
            auth_basic_user_file %%TESTDIR%%/htpasswd;
        }

        location /ask/ {
            secmeet meet;
            log_subrequest on;
            auth_request /asked;
        }

        location = /asked {
            log_subrequest on;
            return 403;
        }

        location /deny/ {
            secmeet meet;
            deny all;
        }

        location /req/ {
            secmeet meet;
            limit_req zone=req;
        }

        location /conn/ {
            secmeet meet;
            limit_conn conn 1;
        }

        location ~ ^/short/(?<tag>\w+)$ {
            rewrite_log off;
            rewrite ^/short/(.*)$ /meet/rooms/$1 last;
        }

        location /file/ {
        }
    }

    # on a socket of its own

    server {
        listen 127.0.0.1:%%PORT_8082%%;
        access_log %%TESTDIR%%/other.log;
    }
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

EOC

my $syslog = IO::Socket::INET->new(Proto => 'udp',
	LocalAddr => '127.0.0.1', LocalPort => $t->port(5140), Blocking => 0)
	or die "udp: $!\n";

$t->write_file('htpasswd', "bob:{PLAIN}secret\n");
$t->run();

my $base = '/meet/rooms/';
my $proof = 'canary' . 'A' x 37;
my @tags;

###############################################################################

# answered: refused before the location is known, in it, and behind it

is(status('PUT', $base . tag()), 201, 'PUT');
is(status('PUT', $base . tag(), body => '{"proof":"' . $proof . '"}'), 201,
	'PUT with a proof');
is(status('PUT', $base . tag(), body => 'x'), 400, 'a bad body');
is(status('PUT', $base . tag(), body => 'x' x 1025), 413, 'a large body');
is(status('PUT', $base . tag(), body => 'x' x 2049), 413,
	'a body beyond client_max_body_size');
is(status('PUT', $base . tag() . '?a=b', body => 'x' x 2049), 413,
	'the same with arguments');
is(status('PUT', '/page/' . tag(), body => 'x' x 2049), 413,
	'the same with a page for it');
is(status('PUT', '/short/' . tag(), body => 'x' x 2049), 413,
	'the same by a rewrite');
is(status('PUT', encoded($base . tag()), body => 'x' x 2049), 413,
	'the same, with encoded letters');
is(status('PUT', '//meet/./rooms//' . tag(), body => 'x' x 2049), 413,
	'the same, with superfluous slashes');
is(status('PUT', $base . tag(), Expect => '100-continue', body => '{}'), 100,
	'Expect');
is(status('DELETE', $base . tag()), 403, 'DELETE');
is(status('GET', $base . tag()), 426, 'GET');
is(status('POST', $base . tag(), body => 'x'), 405, 'POST');
is(status('TRACE', $base . tag()), 405, 'TRACE');
is(status('GET', $base . tag() . '0'), 404, 'a longer one');
is(status('GET', '/deny/' . tag()), 403, 'deny');
is(status('GET', '/auth/' . tag()), 401, 'auth_basic');
is(status('GET', '/auth/' . tag(), Authorization => 'Basic Ym9iOndyb25n'),
	401, 'auth_basic with a wrong password');
is(status('GET', '/ask/' . tag()), 403, 'auth_request');
is(status('GET', '/short/' . tag()), 426, 'by a rewrite');
status('PUT', '/req/' . tag()) for 1 .. 2;
is(status('PUT', '/req/' . tag()), 503, 'limit_req');
is(status('GET', '/file/', Referer => 'http://a' . $base . tag()), 404,
	'Referer');
is(status('GET', '/file/x?to=' . $base . tag()), 404, 'an argument');

my ($room) = create();
my $ws = $t->ws($room, base => '/conn/',
	host => 'meet.example', origin => 'http://meet.example');

is($ws->status(), 101, 'WebSocket');
is(status('GET', '/conn/' . tag()), 503, 'limit_conn');
is($ws->join()->{type}, 'joined', 'joined');
$ws->disconnect();

###############################################################################

# malformed: in the line, in the header, before Host and behind it

my $host = "Host: meet.example\r\n";

for my $case (
	[ 'a line with more', "GET %s HTTP/1.1 x\r\n\r\n", 400 ],
	[ 'the same with encoded digits', "GET %s HTTP/1.1 x\r\n\r\n",
		400, sub { encoded($_[0]) =~ s/%6d/m/r } ],
	[ 'the same with a slash more', "GET %s HTTP/1.1 x\r\n\r\n", 400,
		sub { $_[0] =~ s{(?=\w+$)}{/}r } ],
	[ 'version', "GET %s HTTP/9.1\r\n\r\n", 505 ],
	[ 'method', "g\@t %s HTTP/1.1\r\n\r\n", 400 ],
	[ 'a space', "GET  %s  x y HTTP/1.1\r\n\r\n", 400 ],
	[ 'no host', "GET %s HTTP/1.1\r\n\r\n", 400 ],
	[ 'a bad host', "GET %s HTTP/1.1\r\nHost: a/b\r\n\r\n", 400 ],
	[ 'two hosts', "GET %s HTTP/1.1\r\n$host$host\r\n", 400 ],
	[ 'a header before it', "GET %s HTTP/1.1\r\nx\x01: y\r\n$host\r\n",
		400 ],
	[ 'a header after it', "GET %s HTTP/1.1\r\n${host}x\x01: y\r\n\r\n",
		400 ],
	[ 'content length', "PUT %s HTTP/1.1\r\n${host}Content-Length: x\r\n\r\n",
		400 ],
	[ 'transfer encoding',
		"PUT %s HTTP/1.1\r\n${host}Transfer-Encoding: x\r\n\r\n", 501 ],
	[ 'a long header', "GET %s HTTP/1.1\r\n${host}X: " . 'x' x 1100
		. "\r\n\r\n", 400 ],
	[ 'a long URI', "GET %s?" . 'x' x 1100 . " HTTP/1.1\r\n$host\r\n", 414 ],
	[ 'a bad Referer', "GET / HTTP/1.1\r\n${host}Referer\x01: http://a%s\r\n"
		. "\r\n", 400 ],
	[ 'a bad chunk', "PUT %s HTTP/1.1\r\n${host}Origin: http://meet.example"
		. "\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400 ],
	[ 'a large chunk', "PUT %s HTTP/1.1\r\n${host}Origin: http://meet.example"
		. "\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\nx", 413 ],
	[ 'a timeout in the header', "GET %s HTTP/1.1\r\n$host", 'gone' ],
	[ 'a timeout in the body', "PUT %s HTTP/1.1\r\n${host}"
		. "Origin: http://meet.example\r\nContent-Length: 9\r\n\r\nx",
		'gone' ],
	[ 'a second request', "GET /file/ HTTP/1.1\r\n$host\r\n"
		. "GET %s HTTP/1.1 x\r\n\r\n", 400 ],
)
{
	my ($name, $text, $expected, $change) = @$case;
	my $uri = $base . tag();
	my $answer = $t->http(sprintf $text, $change ? $change->($uri) : $uri);
	my ($status) = $answer =~ /.*^HTTP\/1\.1 (\d+)/ms;

	is($status // 'gone', $expected, $name);
}

for my $text ("GET %s HTTP/1.1\r\n$host", "GET %s HTT",
	"PUT %s HTTP/1.1\r\n${host}Origin: http://meet.example\r\n"
	. "Content-Length: 9\r\n\r\nx")
{
	my $socket = $t->connection();
	my $from = length($t->error_log() . $t->read_file('meet.log'));

	$socket->syswrite(sprintf $text, $base . tag());
	close $socket;

	ok(waitfor(sub { substr($t->error_log() . $t->read_file('meet.log'),
		$from) =~ /client prematurely closed/ }), 'closed early');
}

$t->http('GET ' . $base . tag() . " HTTP/1.1\r\n$host\r\n", port => 8086);
ok($t->waitforlog(qr/broken header: /), 'no PROXY protocol')
	if $t->read_file('meet.log') !~ /broken header: /;

###############################################################################

# HTTP/2

{
	my $h2 = Test::Secmeet::HTTP2->new($t->connection(port => 8084));
	my %with = (host => 'meet.example',
		headers => { Origin => 'http://meet.example' });

	is($h2->request('PUT', $base . tag(), %with, body => '{}'), 201,
		'HTTP/2: PUT');
	is($h2->request('PUT', $base . tag(), %with, body => 'x' x 2000), 413,
		'HTTP/2: a large body');
	is($h2->request('GET', $base . tag(), %with), 426, 'HTTP/2: GET');
	is($h2->request('GET', '/deny/' . tag(), %with), 403, 'HTTP/2: deny');
	is($h2->request('GET', '/file/', host => 'meet.example',
		headers => { Referer => 'http://a' . $base . tag() }), 404,
		'HTTP/2: Referer');
	is($h2->request('GET', $base . tag(), host => 'a/b'), 400,
		'HTTP/2: a bad host');
}

###############################################################################

# the logs

my $other = tag();

is($t->get("/file/$other", port => 8082)->{status}, 404, 'another server');
pop @tags;

my $logs = logs();

for my $name (qw/ error.log meet.log access.log all.log /) {
	my @found = grep { $t->read_file($name) =~ /$_/i } @tags;

	is("@found", '', "no tag in $name");
}

my @lines = grep { !/$other/ } grep { /[0-9a-f]{20}/i } split /\n/, $logs;

is(join("\n", @lines), '', 'nor a part of one');
unlike($logs, qr/canary/, 'no proof');

like($t->read_file('other.log'), qr/GET \/file\/$other /,
	'what another server has is in its access log');
like($t->error_log(), qr/\/file\/$other" failed/, 'and in its error log');

like($t->read_file('access.log'), qr/"PUT \/meet\/rooms\/-{32} HTTP\/1\.1" 201/,
	'dashes for a tag');
like($t->read_file('access.log'), qr/"PUT \/meet\/rooms\/-{32} HTTP\/1\.1" 413/,
	'dashes for one that was refused early');
like($t->read_file('access.log'), qr/http:\/\/a\/meet\/rooms\/-{32}"/,
	'dashes in a Referer');
like($t->read_file('access.log'),
	qr/"GET \/meet\/rooms\/-{32} HTTP\/1\.1 x" 400/,
	'dashes in a malformed line');
like($t->read_file('meet.log'), qr/client intended to send too large body/,
	'nginx said why');
like($t->error_log(), qr/client sent invalid/, 'and what was malformed');

my $sent = '';

while (defined $syslog->recv(my $line, 65536)) {
	$sent .= "$line\n";
}

like($sent, qr/too large body/, 'lines by syslog');
is(scalar(grep { $sent =~ /$_/i } @tags), 0, 'no tag in them');
like($sent, qr/GET \/meet\/rooms\/-{32} /, 'dashes in them');

###############################################################################

# a file that is reopened, and a reload

rename $t->testdir() . '/meet.log', $t->testdir() . '/meet.1';
$t->signal('USR1');
ok($t->waitforfile('meet.log'), 'reopened');
ok(waitfor(sub { status('GET', '/deny/' . tag());
	$t->read_file('meet.log') =~ /access forbidden/ }), 'a line in the new');
ok($t->reload(), 'reload');
status('PUT', $base . tag(), body => 'x' x 2049);
ok(waitfor(sub { $t->read_file('meet.log') =~ /too large body/ }),
	'a line after a reload');
is(scalar(grep { logs() =~ /$_/i } @tags), 0, 'no tag then');

###############################################################################

sub tag {
	push @tags, Test::Secmeet::tag();
	return $tags[-1];
}

sub logs {
	return join '', map { $t->read_file($_) }
		qw/ error.log meet.log access.log all.log other.log /;
}

# a letter of the path and three digits of the tag, percent-encoded

sub encoded {
	my ($uri) = @_;

	$uri =~ s/m/%6d/;
	$uri =~ s/(...)(?=.{5}$)/join '', map { sprintf '%%%02X', ord }
		split '', $1/e;

	return $uri;
}

sub status {
	my ($method, $uri, %headers) = @_;

	my $body = delete $headers{body};

	return $t->request($method, $uri, body => $body, headers => {
		Host => 'meet.example', Origin => 'http://meet.example', %headers
	})->{status};
}

sub create {
	return $t->create_room(tag => tag(), headers => {
		Host => 'meet.example', Origin => 'http://meet.example'
	});
}

###############################################################################
