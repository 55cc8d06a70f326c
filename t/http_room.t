#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Creating and ending a room: PUT and DELETE, and all that is refused.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use lib dirname(__FILE__) . '/lib';

use Test::Secmeet;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $t = Test::Secmeet->new()->plan();

# a sanitizer that looks for leaks in two workers takes longer than nginx waits

$t->allow(qr/exited on signal 9/) if $ENV{SECMEET_PRELOAD};

$t->write_file_expand('nginx.conf', <<'EOF');

%%GLOBALS%%

events {
}

http {
    %%GLOBALS_HTTP%%

    secmeet_rooms 4;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet:128k;
        }

        location /short/ {
            secmeet meet;
            secmeet_join_timeout 1s;
        }

        location ~ ^/regex/(a|b)/ {
            secmeet meet;
        }

        location /if/ {
            secmeet meet;

            if ($arg_a) {
                set $b $arg_a;
            }
        }

        location /except/ {
            secmeet meet;

            limit_except PUT {
                deny all;
            }
        }

        location /off/ {
            secmeet off;
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

my $base = '/meet/rooms/';
my $proof = 'A' x 43;
my $tag = Test::Secmeet::tag();
my ($r, $token);

###############################################################################

# one room

$r = $t->put($base . $tag);

is($r->{status}, 201, 'created');
is($r->{headers}{'content-type'}, 'application/json', 'JSON');
is($r->{headers}{'cache-control'}, 'no-store', 'not stored');
like($r->{body}, qr/^\{"host":"[\w-]{43}","resume":"[\w-]{275}"\}$/, 'the host token and no more');

$token = $r->{json}{host};

error($t->put($base . $tag), 409, 'exists', 'created twice');
error($t->put($base . $tag, json => { proof => $proof }), 409, 'exists',
	'created twice with a proof');

my $forbidden = error($t->delete($base . $tag), 403, 'forbidden',
	'ended without a token');

for my $wrong ('A' x 43, 'A' x 42, 'A' x 44, '', $token . 'A', " $token",
	lc $token, '!' x 43)
{
	$r = $t->delete_room($tag, $wrong);

	is($r->{body}, $forbidden->{body}, "wrong token '$wrong'");
}

for my $scheme ('Basic', 'Bearer:', '') {
	$r = $t->delete($base . $tag, headers => {
		Authorization => "$scheme $token"
	});

	is($r->{status}, 403, "scheme '$scheme'");
}

my $unknown = $t->delete_room(Test::Secmeet::tag(), $token);

is($unknown->{status}, 403, 'no such room');
is(bare($unknown), bare($forbidden), 'the same answer as for a room');

$r = $t->delete_room($tag, $token);

is($r->{status}, 204, 'ended');
is($r->{body}, '', 'nothing to say');
is($r->{headers}{'cache-control'}, 'no-store', 'nothing to store');

is(bare($t->delete_room($tag, $token)), bare($forbidden), 'ended twice');
error($t->put($base . $tag), 409, 'exists', 'a tag never comes again');

###############################################################################

# the body

for my $body ('', '{}', '{"proof":"' . $proof . '"}',
	'{' . ' ' x 1022 . '}')
{
	my $name = length $body > 60 ? length($body) . ' bytes' : "'$body'";
	my ($one, $host) = (Test::Secmeet::tag());

	$r = $t->put($base . $one, body => $body);
	is($r->{status}, 201, "body $name");
	end($one, $r);

	$one = Test::Secmeet::tag();
	$r = chunked($one, $body);
	is($r->{status}, 201, "chunked body $name");
	end($one, $r);
}

for my $body ('x', '[]', '{', '{"a":1}', '{"proof":null}', '{"proof":1}',
	'{"proof":"A"}', '{"proof":"' . 'A' x 42 . '="}',
	qq({"proof":"$proof","proof":"$proof"}), qq({"proof":"$proof"}x),
	'"' . 'A' x 43 . '"', '{"host":"' . $proof . '"}', "\0", "{}\0",
	'[' x 1024)
{
	my $name = substr($body, 0, 60) =~ s/\0/\\0/r;

	error($t->put($base . Test::Secmeet::tag(), body => $body), 400,
		'bad-request', "body $name");
}

my $large = '{' . ' ' x 1023 . '}';

error($t->put($base . Test::Secmeet::tag(), body => $large), 413,
	'too-large', '1025 bytes');
error(chunked(Test::Secmeet::tag(), $large), 413, 'too-large',
	'1025 chunked bytes');
error(chunked(Test::Secmeet::tag(), ' ' x 200000), 413, 'too-large',
	'chunked bytes that went to a file');

my $socket = $t->connection();

$socket->syswrite(request_text('PUT', Test::Secmeet::tag(), 'close',
	"Content-Length: 1025\r\n"));
$socket->sysread(my $early, 65536);
like($early, qr/^HTTP\/1\.1 413 /, 'refused before the body comes');

is($t->put($base . Test::Secmeet::tag() . 'a', body => $large)->{status}, 404,
	'the path is looked at first');

###############################################################################

# the path

my $hex = '0123456789abcdef' x 2;

for my $path ('', 'a', substr($hex, 1), $hex . '0', uc $hex, "$hex/",
	"a/$hex", $hex =~ s/f/g/r, $hex =~ s/0/%20/r, $hex =~ s/a/A/r,
	'x' x 32)
{
	error($t->put($base . $path), 404, 'not-found', "path '$path'");
}

my $one = Test::Secmeet::tag();

for my $path (qw{ /off/ /meet/rooms / /regex/c/ }) {
	$r = $t->put($path . 'x' x 32);
	ok($r->{status} >= 404 && !$r->{json}, "no rooms at $path");
}

for my $uri ("/regex/a/$one", "/regex/a/x/" . Test::Secmeet::tag(),
	'/if/' . Test::Secmeet::tag() . '?a=b', '/except/' . Test::Secmeet::tag(),
	$base . Test::Secmeet::tag() . '?x=y',
	'/meet/../meet/rooms/' . Test::Secmeet::tag(),
	$base . '%61' . substr(Test::Secmeet::tag(), 1))
{
	my ($last) = $uri =~ m{([^/?]*)(?:\?.*)?$};

	$r = $t->put($uri);
	is($r->{status}, 201, "PUT $uri");
	end($last =~ s/%61/a/r, $r);
}

error($t->put("/regex/b/$one"), 409, 'exists',
	'one zone below all locations');
error($t->put("/regex/b/x$one"), 404, 'not-found',
	'a regex takes the last segment');
is($t->delete('/except/' . Test::Secmeet::tag())->{status}, 403,
	'limit_except');

###############################################################################

# the method

for my $method (qw/ POST PATCH OPTIONS PROPFIND LOCK /) {
	$r = $t->request($method, $base . Test::Secmeet::tag());
	error($r, 405, 'method', $method);
	is($r->{headers}{allow}, 'GET, PUT, DELETE', "$method: Allow");
}

$r = $t->request('HEAD', $base . $tag);
is($r->{status}, 405, 'HEAD');
is($r->{body}, '', 'HEAD: no body');

$r = $t->request('POST', $base . $tag, body => 'x' x 100000);
is($r->{status}, 405, 'POST with a body');

$r = $t->get($base . $tag);
error($r, 426, 'upgrade', 'GET without an upgrade');
is($r->{headers}{upgrade}, 'websocket', 'Upgrade');
is($r->{headers}{'sec-websocket-version'}, '13', 'version');

###############################################################################

# on one connection

$r = $t->http(join '', map { request_text('PUT', Test::Secmeet::tag(), $_) }
	qw/ keep-alive keep-alive close /);

is(scalar(() = $r =~ /HTTP\/1\.1 201 Created\r\n/g), 3, 'pipelined');

###############################################################################

# how many

my @rooms = map { [ $t->create_room() ] } 1;

error($t->put($base . Test::Secmeet::tag()), 503, 'full',
	'one more than secmeet_rooms');

is($t->delete_room(@{$rooms[0]})->{status}, 204, 'one ends');
is($t->put('/short/' . ($one = Test::Secmeet::tag()))->{status}, 201,
	'another begins');
error($t->put($base . Test::Secmeet::tag()), 503, 'full', 'full again');

ok(waitfor(sub { $t->put($base . $one)->{status} == 409 }),
	'nobody joined in time: its tag is not free');
is($t->put('/short/' . Test::Secmeet::tag())->{status}, 201, 'its place is');

###############################################################################

# a reload remembers tags

$t->reload();
error($t->put($base . Test::Secmeet::tag()), 503, 'full',
	'rooms of the old worker count');
waitfor(sub { $t->put($base . $tag)->{status} == 409 });
error($t->put($base . $tag), 409, 'exists', 'a tag after a reload');

###############################################################################

# logs

ok($t->read_file('access.log') =~ m{"PUT /meet/rooms/-{32} HTTP/1.1" 201},
	'access log without a tag');
ok($t->read_file('access.log') !~ /[0-9a-f]{31}/i, 'no tag at all');
ok($t->error_log() !~ /[0-9a-f]{31}/i, 'nor in the error log');

###############################################################################

sub error {
	my ($r, $status, $code, $name) = @_;

	is("$r->{status} $r->{body}", qq($status {"error":"$code"}), $name);
	is($r->{headers}{'cache-control'}, 'no-store', "$name: not stored");

	return $r;
}

# an answer without what differs by itself

sub bare {
	my ($r) = @_;
	return $r->{text} =~ s/^Date:.*$//mr;
}

sub end {
	my ($tag, $r) = @_;
	return $t->delete_room($tag, $r->{json}{host});
}

sub request_text {
	my ($method, $tag, $connection, $more, $body) = @_;

	my $host = $t->host();

	return "$method $base$tag HTTP/1.1\r\nHost: $host\r\n"
		. "Origin: http://$host\r\nConnection: $connection\r\n"
		. ($more // '') . "\r\n" . ($body // '');
}

sub chunked {
	my ($tag, $body) = @_;

	my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length $_, $_ }
		$body =~ /(.{1,700})/gs;

	return Test::Secmeet::parse_response($t->http(request_text('PUT', $tag,
		'close', "Transfer-Encoding: chunked\r\n", "${chunks}0\r\n\r\n")));
}

###############################################################################
