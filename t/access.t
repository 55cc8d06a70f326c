#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Who may create a room, end one, or join: by "secmeet_create", and by each
# of the rules of access that nginx has, for PUT, DELETE and the WebSocket
# alike.  Who is not let in by them has changed nothing.

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

$t->write_file_expand('nginx.conf', <<'EOC');

%%GLOBALS%%

events {
}

http {
    %%GLOBALS_HTTP%%

    limit_req_zone $http_x_key zone=put:1m rate=1r/m;
    limit_req_zone $http_x_key zone=delete:1m rate=1r/m;
    limit_req_zone $http_x_key zone=ws:1m rate=1r/m;
    limit_conn_zone $http_x_key zone=conn:1m;

    map $remote_user $may {
        alice 1;
        zero 0;
        double 00;
        default "";
    }

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ { secmeet meet; }

        location /header/ {
            secmeet meet;
            secmeet_create $http_x_create;
        }

        location /user/ {
            secmeet meet;
            secmeet_create $may;
            auth_basic "meetings";
            auth_basic_user_file %%TESTDIR%%/htpasswd;
        }

        location /both/ {
            secmeet meet;
            secmeet_create $http_x_a$http_x_b;
        }

        location /always/ {
            secmeet meet;
            secmeet_create 1;
        }

        location /never/ {
            secmeet meet;
            secmeet_create "";
        }

        location /if/ {
            secmeet meet;
            secmeet_create $http_x_create;

            if ($arg_inside) {
                set $inside 1;
            }
        }

        location /asked/ {
            secmeet meet;
            auth_request /ask;
            auth_request_set $asked $upstream_http_x_create;
            secmeet_create $asked;
        }

        location /auth_basic/ {
            secmeet meet;
            auth_basic "meetings";
            auth_basic_user_file %%TESTDIR%%/htpasswd;
        }

        location /auth_request/ {
            secmeet meet;
            auth_request /ask;
        }

        location /any/ {
            secmeet meet;
            satisfy any;
            deny all;
            auth_basic "meetings";
            auth_basic_user_file %%TESTDIR%%/htpasswd;
        }

        location /allow/ {
            secmeet meet;
            allow 127.0.0.1;
            deny all;
        }

        location /deny/ {
            secmeet meet;
            allow 127.0.0.2;
            deny all;
        }

        location /put/ {
            secmeet meet;
            limit_req zone=put;
        }

        location /delete/ {
            secmeet meet;
            limit_req zone=delete;
            limit_req_status 429;
        }

        location /ws/ {
            secmeet meet;
            limit_req zone=ws;
        }

        location /conn/ {
            secmeet meet;
            limit_conn conn 1;
        }

        location /mixed/ {
            secmeet meet;

            limit_except DELETE {
                auth_basic "meetings";
                auth_basic_user_file %%TESTDIR%%/htpasswd;
            }
        }

        location /except/ {
            secmeet meet;

            limit_except GET {
                deny all;
            }
        }

        location = /ask {
            internal;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;

        add_header X-Create $http_x_create;

        location / {
            if ($http_x_pass = "yes") {
                return 204;
            }

            return 403;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8082%%;
        secmeet_create $http_x_create;

        location /meet/rooms/ {
            secmeet meet;
        }

        location /all/ {
            secmeet meet;
            secmeet_create 1;
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

$t->write_file('htpasswd', join '', map { "$_:{PLAIN}secret\n" }
	qw/ alice bob zero double /);
$t->run();

###############################################################################

# secmeet_create

created('/header/', 'yes', 'X-Create' => 'yes');
created('/header/', '00', 'X-Create' => '00');
created('/header/', '01', 'X-Create' => '01');
created('/header/', 'no', 'X-Create' => 'no');
denied('/header/', '0', 'X-Create' => '0');
denied('/header/', 'empty', 'X-Create' => '');
denied('/header/', 'none');

created('/user/', 'a user who may', basic('alice'));
created('/user/', '00', basic('double'));
denied('/user/', 'a user who may not', basic('bob'));
denied('/user/', 'zero', basic('zero'));
is(status('PUT', '/user/', Test::Secmeet::tag()), 401, 'no user');

created('/both/', 'two variables', 'X-A' => '0', 'X-B' => '0');
denied('/both/', 'one of two, 0', 'X-B' => '0');
denied('/both/', 'none of two');

created('/always/', '1 for everyone');
denied('/never/', 'for nobody');
created('/if/', 'in an if', 'X-Create' => '1');
created('/meet/rooms/', 'everyone by default');

for my $value (0, 1) {
	is($t->put('/if/' . Test::Secmeet::tag() . '?inside=1',
		headers => { 'X-Create' => $value })->{status},
		$value ? 201 : 403, "inside of an if: $value");
}

created('/asked/', 'auth_request knows', 'X-Pass' => 'yes',
	'X-Create' => '1');
denied('/asked/', 'auth_request knows better', 'X-Pass' => 'yes',
	'X-Create' => '0');
is(status('PUT', '/asked/', Test::Secmeet::tag(), 'X-Create' => '1'), 403,
	'auth_request says no');

# what a server says counts for its locations, unless they say otherwise

is($t->put('/meet/rooms/' . Test::Secmeet::tag(), port => 8082)->{status},
	403, 'a server');
is($t->put('/meet/rooms/' . Test::Secmeet::tag(), port => 8082,
	headers => { 'X-Create' => 1 })->{status}, 201, 'its variable');
is($t->put('/all/' . Test::Secmeet::tag(), port => 8082)->{status}, 201,
	'its location');

# it stands behind the Origin, and in front of the body and of the tag

is($t->put('/never/' . Test::Secmeet::tag(),
	headers => { Origin => 'http://other.example' })->{body},
	'{"error":"origin"}', 'the Origin comes first');
is($t->put('/never/x')->{status}, 404, 'then the path');

my ($tag, $token) = $t->create_room();

is($t->put("/never/$tag")->{body}, '{"error":"create"}',
	'nobody learns which rooms there are');
is($t->put("/never/$tag", body => 'x' x 2000)->{body},
	'{"error":"create"}', 'whatever the body');

# who may not create a room may join and end one

my $ws = $t->ws($tag, base => '/never/');

is($ws->status(), 101, 'a WebSocket');
is($ws->join(host => $token)->{type}, 'joined', 'joined');
is($t->delete_room($tag, $token, base => '/never/')->{status}, 204, 'ended');

###############################################################################

# nginx's own rules, for each method

rule('auth_basic', 401, [], [ basic('bob') ]);
rule('auth_request', 403, [ 'X-Pass' => 'no' ], [ 'X-Pass' => 'yes' ]);
rule('any', 401, [], [ basic('alice') ]);

is(join(' ', three('/deny/')), '403 403 403', 'deny');
is(join(' ', three('/allow/')), '201 101 204', 'allow');
is(join(' ', three('/except/')), '403 101 403', 'limit_except');

# auth_basic that leaves DELETE to the host token

is(join(' ', three('/mixed/')), '401 401 204', 'auth_basic but for DELETE');
is(status('PUT', '/mixed/', my $mixed = Test::Secmeet::tag(),
	basic('bob')), 201, 'PUT of a user');
is(status('WS', '/mixed/', $mixed, basic('bob')), 101, 'and a WebSocket');

# limit_req: the first of each passes, and no other

($tag, $token) = $t->create_room();

is(join(' ', map { status('PUT', '/put/', Test::Secmeet::tag(),
	'X-Key' => 'a') } 1 .. 3), '201 503 503', 'limit_req: PUT');
is(status('PUT', '/put/', Test::Secmeet::tag(), 'X-Key' => 'b'), 201,
	'limit_req: of another');
is(join(' ', map { status('WS', '/ws/', $tag, 'X-Key' => 'a') } 1 .. 3),
	'101 503 503', 'limit_req: WebSocket');
is(join(' ', map { $_->{status} } map { $t->delete_room($tag, $token,
	base => '/delete/', headers => { 'X-Key' => 'a' }) } 1, 2),
	'204 429', 'limit_req: DELETE');

($tag, $token) = $t->create_room();

is($t->delete_room($tag, $token, base => '/delete/',
	headers => { 'X-Key' => 'a' })->{status}, 429, 'limit_req: DELETE again');
is($t->put("/meet/rooms/$tag")->{status}, 409, 'which ends nothing');
is($t->ws($tag)->join()->{type}, 'joined', 'it is there');

# limit_conn: as long as the first one is open

$ws = $t->ws($tag, base => '/conn/', headers => { 'X-Key' => 'a' });

is($ws->status(), 101, 'limit_conn: a WebSocket');
is(status('WS', '/conn/', $tag, 'X-Key' => 'a'), 503, 'no second one');
is(status('PUT', '/conn/', my $new = Test::Secmeet::tag(), 'X-Key' => 'a'),
	503, 'no PUT beside it');
is($t->delete_room($tag, $token, base => '/conn/',
	headers => { 'X-Key' => 'a' })->{status}, 503, 'no DELETE');
is(status('PUT', '/conn/', $new, 'X-Key' => 'b'), 201,
	'another one may, and the tag is still new');

$ws->disconnect();

ok(waitfor(sub { status('WS', '/conn/', $tag, 'X-Key' => 'a') == 101 }),
	'and so may the first, when it is closed');
ok(waitfor(sub { $t->delete_room($tag, $token, base => '/conn/',
	headers => { 'X-Key' => 'a' })->{status} == 204 }), 'and DELETE');

###############################################################################

# "nginx -t"

my $conf = $t->read_file('nginx.conf');

for my $bad ('secmeet_create;', 'secmeet_create a b;',
	'secmeet_create 1; secmeet_create 1;', 'secmeet_create $none;')
{
	my ($status, $output) = $t->check_config(
		$conf =~ s/(location \/always.*?\{)[^}]*/$1 secmeet meet; $bad /sr);

	ok($status != 0 && $output =~ /\[emerg\].*(?:number\ of\ arguments
		|is\ duplicate|unknown\ "none"\ variable)/x, $bad) or diag($output);
}

unlike($t->error_log(), qr/[0-9a-f]{31}/i, 'no tag in the error log');
unlike($t->read_file('access.log'), qr/[0-9a-f]{31}/i,
	'nor in the access log');

###############################################################################

sub basic {
	my ($user) = @_;

	require MIME::Base64;

	return (Authorization => 'Basic '
		. MIME::Base64::encode_base64("$user:secret", ''));
}

sub status {
	my ($method, $base, $tag, %headers) = @_;

	return $t->ws($tag, base => $base, headers => \%headers)->status()
		if $method eq 'WS';

	return $t->request($method, $base . $tag, headers => \%headers)->{status};
}

# a room is made, or there is none and the tag is still good

sub created {
	my ($base, $name, %headers) = @_;

	my $tag = Test::Secmeet::tag();

	is(status('PUT', $base, $tag, %headers), 201, "$base: $name");
	is($t->put("/meet/rooms/$tag")->{status}, 409, "$base: $name: made");

	return;
}

sub denied {
	my ($base, $name, %headers) = @_;

	my $tag = Test::Secmeet::tag();
	my $r = $t->put($base . $tag, headers => \%headers);

	is("$r->{status} $r->{body}", '403 {"error":"create"}',
		"$base: $name");
	is($r->{headers}{'cache-control'}, 'no-store', "$base: $name: kept");
	is($t->put("/meet/rooms/$tag")->{status}, 201,
		"$base: $name: the tag is not used");

	return;
}

# PUT, a WebSocket and DELETE with these headers: what they are answered.
# Those that are no Authorization of nginx's go with the host token.

sub three {
	my ($base, %headers) = @_;

	my $put = Test::Secmeet::tag();
	my ($tag, $token) = $t->create_room();

	my @answers = (status('PUT', $base, $put, %headers),
		status('WS', $base, $tag, %headers),
		$t->delete_room($tag, $token, base => $base,
			headers => \%headers)->{status});

	# what was refused was not done

	is($t->put("/meet/rooms/$put")->{status},
		$answers[0] == 201 ? 409 : 201, "$base: PUT");
	is($t->ws($tag)->join()->{type},
		$answers[2] == 204 ? 'denied' : 'joined', "$base: DELETE");

	return @answers;
}

sub rule {
	my ($name, $status, $bad, $good) = @_;

	# the header that bears the host token is the one of auth_basic

	my $ended = "@$good" =~ /Basic/ ? 403 : 204;

	is(join(' ', three("/$name/", @$bad)), "$status $status $status",
		"$name says no");
	is(join(' ', three("/$name/", @$good)), "201 101 $ended",
		"$name says yes");

	return;
}

###############################################################################
