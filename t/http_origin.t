#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Which pages may use the rooms: Origin against "secmeet_origin".

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

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /default/ {
            secmeet meet;
        }

        location /none/ {
            secmeet meet;
            secmeet_origin none;
        }

        location /self/ {
            secmeet meet;
            secmeet_origin self none;
        }

        location /any/ {
            secmeet meet;
            secmeet_origin any;
        }

        location /exact/ {
            secmeet meet;
            secmeet_origin https://a.example http://b.example:8080;
        }

        location /wildcard/ {
            secmeet meet;
            secmeet_origin https://*.a.example;
        }

        location /regex/ {
            secmeet meet;
            secmeet_origin "~^https://[ab]\.example$";
        }

        location /caseless/ {
            secmeet meet;
            secmeet_origin "~*^https://[ab]\.example$";
        }

        location /address/ {
            secmeet meet;
            secmeet_origin http://[::1]:8080 http://192.0.2.1;
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

my $port = $t->port(8080);
my $tag = Test::Secmeet::tag();

###############################################################################

# the site's own

for my $uri (qw{ /default/ /self/ }) {
	allowed($uri, 'http://a.example', 'a.example');
	allowed($uri, 'http://a.example', 'A.Example');
	allowed($uri, 'HTTP://A.EXAMPLE', 'a.example');
	allowed($uri, 'http://a.example:80', 'a.example');
	allowed($uri, 'http://a.example', 'a.example:80');
	allowed($uri, 'http://a.example:8080', 'a.example:8080');
	allowed($uri, 'http://[::1]:8080', '[::1]:8080');
	allowed($uri, 'http://[2001:DB8::1]', '[2001:db8::1]');
	allowed($uri, "http://127.0.0.1:$port", "127.0.0.1:$port");

	refused($uri, 'https://a.example', 'a.example');
	refused($uri, 'http://a.example:8080', 'a.example');
	refused($uri, 'http://a.example', 'a.example:8080');
	refused($uri, 'http://a.example:443', 'a.example');
	refused($uri, 'http://b.example', 'a.example');
	refused($uri, 'http://evila.example', 'a.example');
	refused($uri, 'http://a.example.evil', 'a.example');
	refused($uri, 'http://a.example.', 'a.example');
	refused($uri, 'http://sub.a.example', 'a.example');
	refused($uri, 'ws://a.example', 'a.example');
	refused($uri, 'a.example', 'a.example');
	refused($uri, '//a.example', 'a.example');
	refused($uri, 'http://u@a.example', 'a.example');
	refused($uri, 'http://a.example/', 'a.example');
	refused($uri, 'http://a.example/x', 'a.example');
	refused($uri, 'http://a.example x', 'a.example');
	refused($uri, 'http://a.example http://a.example', 'a.example');
	refused($uri, 'http://a.example, http://a.example', 'a.example');
	refused($uri, 'http://a.example:', 'a.example');
	refused($uri, 'http://a.example:080x', 'a.example');
	refused($uri, 'http://a.example:65616', 'a.example');
	refused($uri, 'http://*.a.example', '*.a.example');
	refused($uri, 'null', 'null');
	refused($uri, '', 'a.example');
	refused($uri, 'http://', 'a.example');
	refused($uri, 'http:///', 'a.example');
}

refused('/default/', undef, 'a.example');
allowed('/self/', undef, 'a.example');

twice('/default/', 'http://a.example', 'http://a.example');
twice('/any/', 'http://a.example', 'http://a.example');

###############################################################################

# words

allowed('/none/', undef, 'a.example');
refused('/none/', 'http://a.example', 'a.example');
refused('/none/', 'null', 'a.example');

allowed('/any/', 'null', 'a.example');
allowed('/any/', 'https://b.example', 'a.example');
refused('/any/', undef, 'a.example');

###############################################################################

# an exact one

allowed('/exact/', 'https://a.example');
allowed('/exact/', 'https://A.EXAMPLE:443');
allowed('/exact/', 'http://b.example:8080');

refused('/exact/', 'http://a.example');
refused('/exact/', 'http://b.example');
refused('/exact/', 'https://a.example:8443');
refused('/exact/', 'https://b.example:8080');
refused('/exact/', 'https://evila.example');
refused('/exact/', 'https://a.example.evil');
refused('/exact/', 'https://sub.a.example');
refused('/exact/', 'https://a.example@evil');
refused('/exact/', 'https://a.example#.evil');
refused('/exact/', 'https://a.example\.evil');
refused('/exact/', 'http://a.example', 'a.example');
refused('/exact/', 'null');

allowed('/address/', 'http://[::1]:8080');
allowed('/address/', 'http://192.0.2.1:80');
refused('/address/', 'http://[::1]');
refused('/address/', 'http://[::2]:8080');

###############################################################################

# a wildcard

allowed('/wildcard/', 'https://x.a.example');
allowed('/wildcard/', 'https://x.y.A.example');
allowed('/wildcard/', 'https://x.a.example:443');

refused('/wildcard/', 'https://a.example');
refused('/wildcard/', 'https://.a.example');
refused('/wildcard/', 'https://x..a.example');
refused('/wildcard/', 'https://evila.example');
refused('/wildcard/', 'https://x.a.example.evil');
refused('/wildcard/', 'http://x.a.example');
refused('/wildcard/', 'https://x.a.example:8443');
refused('/wildcard/', 'https://evil/.a.example');
refused('/wildcard/', 'https://evil#.a.example');
refused('/wildcard/', 'https://evil?.a.example');
refused('/wildcard/', 'https://evil:1@x.a.example');
refused('/wildcard/', 'https://*.a.example');
refused('/wildcard/', 'https://evil\.a.example');

###############################################################################

# a regex gets the whole origin

allowed('/regex/', 'https://a.example');
allowed('/regex/', 'https://b.example');
refused('/regex/', 'https://c.example');
refused('/regex/', 'https://A.example');
refused('/regex/', 'https://a.example.evil');
refused('/regex/', 'https://a.example:443');
refused('/regex/', "https://a.example\t");
allowed('/caseless/', 'HTTPS://A.example');
refused('/caseless/', 'HTTPS://c.example');

###############################################################################

# whatever is asked for

for my $method (qw/ GET HEAD PUT DELETE POST OPTIONS /) {
	my $r = ask('/default/', 'http://evil.example', 'a.example', $method);

	is($r->{status}, 403, "$method from elsewhere");
}

my $ws = $t->ws($tag, base => '/default/', origin => 'http://evil.example');

is($ws->status(), 403, 'a WebSocket from elsewhere');
is($ws->response()->{headers}{upgrade}, undef, 'no upgrade');
is($t->ws($tag, base => '/default/')->status(), 101,
	'a WebSocket of the site');
is($t->ws($tag, base => '/none/', origin => undef)->status(), 101,
	'a WebSocket of no page');

###############################################################################

# with DELETE, which changes nothing

sub ask {
	my ($uri, $origin, $host, $method) = @_;

	return $t->request($method || 'DELETE', $uri . $tag, headers => {
		Origin => $origin, Host => $host || 'site.example',
	});
}

sub allowed {
	my ($uri, $origin, $host) = @_;

	like(ask($uri, $origin, $host)->{body}, qr/^\{"error":"forbidden"\}$/,
		name($uri, $origin, $host, 'may'));

	return;
}

sub refused {
	my ($uri, $origin, $host) = @_;

	my $r = ask($uri, $origin, $host);

	is("$r->{status} $r->{body}", '403 {"error":"origin"}',
		name($uri, $origin, $host, 'may not'));

	return;
}

sub name {
	my ($uri, $origin, $host, $verb) = @_;

	$origin = 'no page' unless defined $origin;

	return "$uri: $origin $verb" . ($host ? " on $host" : '');
}

sub twice {
	my ($uri, $one, $two) = @_;

	my $text = $t->http("DELETE $uri$tag HTTP/1.1\r\nHost: a.example\r\n"
		. "Origin: $one\r\nOrigin: $two\r\nConnection: close\r\n\r\n");

	like($text, qr/ 403 .*\{"error":"origin"\}/s, "$uri: two Origins");

	return;
}

###############################################################################
