#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The site's own access rules stand before the rooms: auth_basic, allow and
# deny, auth_request, limit_req, limit_conn; and what they log has no tag.

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

$t->write_file_expand('nginx.conf', <<'EOF');

%%GLOBALS%%

events {
}

http {
    %%GLOBALS_HTTP%%

    limit_req_zone $binary_remote_addr zone=req:1m rate=1r/m;
    limit_conn_zone $binary_remote_addr zone=conn:1m;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet;
        }

        location /auth/ {
            secmeet meet;
            auth_basic "meetings";
            auth_basic_user_file %%TESTDIR%%/htpasswd;
        }

        location /deny/ {
            secmeet meet;
            deny all;
        }

        location /allow/ {
            secmeet meet;
            allow 127.0.0.1;
            deny all;
        }

        location /ask/ {
            secmeet meet;
            auth_request /asked;
        }

        location = /asked {
            if ($http_x_pass = "yes") {
                return 204;
            }

            return 403;
        }

        location /req/ {
            secmeet meet;
            limit_req zone=req burst=1 nodelay;
        }

        location /conn/ {
            secmeet meet;
            limit_conn conn 2;
        }

        location /error/ {
            secmeet meet;
            error_page 403 404 409 426 = /page;
        }

        location = /page {
            return 200 "a page";
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

$t->write_file('htpasswd', "bob:{PLAIN}secret\n");
$t->run();

my ($tag, $token) = $t->create_room();

###############################################################################

# auth_basic

is(put('/auth/')->{status}, 401, 'no user');
is(put('/auth/', Authorization => 'Basic Ym9iOndyb25n')->{status}, 401,
	'wrong password');
is(put('/auth/', Authorization => 'Basic Ym9iOnNlY3JldA==')->{status}, 201,
	'right password');

my $ws = $t->ws($tag, base => '/auth/');

is($ws->status(), 401, 'WebSocket without a user');

$ws = $t->ws($tag, base => '/auth/',
	headers => { Authorization => 'Basic Ym9iOnNlY3JldA==' });

is($ws->status(), 101, 'WebSocket of a user');
is($ws->join()->{type}, 'joined', 'joined');

###############################################################################

# allow, deny, auth_request

is(put('/deny/')->{status}, 403, 'deny');
unlike(put('/deny/')->{body}, qr/^\{/, 'said by nginx');
is($t->ws($tag, base => '/deny/')->status(), 403, 'WebSocket: deny');
is(put('/allow/')->{status}, 201, 'allow');
is($t->ws($tag, base => '/allow/')->status(), 101, 'WebSocket: allow');

is(put('/ask/')->{status}, 403, 'auth_request says no');
is(put('/ask/', 'X-Pass' => 'yes')->{status}, 201, 'auth_request says yes');
is($t->ws($tag, base => '/ask/', headers => { 'X-Pass' => 'yes' })->status(),
	101, 'WebSocket: auth_request says yes');

###############################################################################

# limit_req, limit_conn

is(join(' ', map { put('/req/')->{status} } 1 .. 3), '201 201 503',
	'limit_req');
is($t->ws($tag, base => '/req/')->status(), 503, 'WebSocket: limit_req');

my @ws = map { $t->ws($tag, base => '/conn/') } 1 .. 3;

is(join(' ', map { $_->status() } @ws), '101 101 503', 'limit_conn');

$ws[0]->disconnect();

ok(waitfor(sub { $t->ws($tag, base => '/conn/')->status() == 101 }),
	'one less');

###############################################################################

# a site's error pages do not get in the way

is($t->put("/error/$tag")->{body}, '{"error":"exists"}',
	'answers stay as they are');
is($t->get("/error/$tag")->{body}, '{"error":"upgrade"}', 'GET too');

###############################################################################

# logs of all that

like($t->error_log(), qr/access forbidden by rule/, 'nginx said why');
like($t->error_log(), qr/limiting requests/, 'and what it limits');
unlike($t->error_log(), qr/[0-9a-f]{31}/i, 'no tag in the error log');
unlike($t->read_file('access.log'), qr/[0-9a-f]{31}/i,
	'no tag in the access log');

###############################################################################

sub put {
	my ($base, %headers) = @_;
	return $t->put($base . Test::Secmeet::tag(), headers => \%headers);
}

###############################################################################
