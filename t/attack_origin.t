#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threat A17: a page of another site cannot open a WebSocket, create a room or
# end one by the browser of somebody who may.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Attack;

###############################################################################

my $t = Test::Secmeet->new();

$t->plan()->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

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

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        server_name meet.example;

        location /meet/rooms/ {
            secmeet meet;
        }

        location /exact/ {
            secmeet meet;
            secmeet_origin https://meet.example https://other.example:8443;
        }

        location /wild/ {
            secmeet meet;
            secmeet_origin https://*.meet.example;
        }

        location /regex/ {
            secmeet meet;
            secmeet_origin "~^https://[a-z]+\.meet\.example$";
        }

        location = /status {
            secmeet_status;
        }
    }
}

EOC

###############################################################################

# what each of the four does not allow, whatever the name of the site is

my @never = (
	'null', 'NULL', '', ' ', '*', 'file://', 'about:blank', 'data:,',
	'https://meet.example.evil.example',	# suffix confusion
	'https://evil.example/meet.example',
	'https://evil.example?meet.example',
	'https://evil.example#meet.example',
	'https://evil.example\\.meet.example',
	'https://evilmeet.example', 'https://meet-example',
	'https://meetxexample', 'https://x-meet.example',
	'https://meet.example.', 'https://meet.exampl',
	'https://meet.example:444', 'https://meet.example:0',
	'https://meet.example:', 'https://meet.example:443x',
	'https://meet.example:65979', 'https://meet.example:-443',
	'https://meet.example:443:443',
	'http://meet.example', 'ftp://meet.example', 'wss://meet.example',
	'ws://meet.example', 'httpss://meet.example', 'https:meet.example',
	'https:/meet.example', 'https:///meet.example', '//meet.example',
	'https://user@meet.example', 'https://meet.example@evil.example',
	'https://:@meet.example', 'https://a:b@meet.example',
	'https://evil.example:443@meet.example',
	'https://meet.example https://evil.example',
	'https://evil.example https://meet.example',
	'https://meet.example, https://evil.example',
	'https://meet.example,https://evil.example',
	'https://meet.example/', 'https://meet.example/x',
	'https://meet.example%00.evil.example', 'https://meet.example%2eevil',
	"https://meet.example\t.evil.example", 'https://meet example',
	'https://[meet.example]', 'https://[::1', 'https://::1',
	"https://m\xc3\xa9et.example", 'https://xn--met-bma.example',
	'HTTPS://EVIL.EXAMPLE', 'https://MEET.EXAMPLE.EVIL.EXAMPLE',
	'https://*.meet.example', 'https://x.*.meet.example',
	'https://' . 'a.' x 2000 . 'meet.example.evil.example',
);

# per location: what it refuses besides, and what it allows

my %more = (
	'/meet/rooms/' => [ [ 'https://meet.example', 'http://x.meet.example' ],
		[ 'self' ] ],
	'/exact/' => [ [ 'https://x.meet.example', 'https://other.example',
		'self' ], [ 'https://meet.example', 'https://MEET.example',
		'https://other.example:8443' ] ],
	'/wild/' => [ [ 'https://meet.example', 'https://.meet.example',
		'https://evil.example.meet.example.x', 'self' ],
		[ 'https://x.meet.example', 'https://x.y.meet.example' ] ],
	'/regex/' => [ [ 'https://meet.example', 'https://x1.meet.example',
		'https://x.meet.example.', 'self' ],
		[ 'https://x.meet.example' ] ],
);

my ($tag, $token) = $t->create_room();
my $keeper = $t->join($tag);
my $before = counters($t);

for my $base (sort keys %more) {
	my ($refused, $allowed) = @{$more{$base}};
	my @faults;

	for my $origin (@never, @$refused) {
		my $site = origin($origin);

		push @faults, "PUT $site" if put($base, $site) != 403;
		push @faults, "GET $site" if get($base, $site) != 403;
		push @faults, "DELETE $site" if end($base, $site) != 403;
	}

	is(join("\n", @faults), '', "$base: what is refused");

	my $site = origin($allowed->[0]);

	# no header, and more than one: the right one first, last, and twice

	for my $second ($site, 'null', 'https://evil.example') {
		for my $pair ([$site, $second], [$second, $site]) {
			my $text = "GET $base$tag HTTP/1.1\r\nHost: " . $t->host()
				. "\r\nOrigin: $pair->[0]\r\norigin: $pair->[1]\r\n"
				. "Upgrade: websocket\r\nConnection: Upgrade\r\n"
				. "Sec-WebSocket-Version: 13\r\n"
				. "Sec-WebSocket-Protocol: secmeet.1\r\n"
				. 'Sec-WebSocket-Key: ' . 'A' x 22 . "==\r\n\r\n";

			my $socket = $t->connection();

			$socket->syswrite($text);
			$socket->sysread(my $answer, 65536);
			like($answer, qr/^HTTP\/1\.1 403 /,
				"$base: two headers, @$pair");
		}
	}

	is(get($base, undef), 403, "$base: no header");

	# other names of the same thing are not looked at

	is(put($base, undef, 'X-Origin' => $site, Referer => "$site/",
		'Sec-WebSocket-Origin' => $site), 403, "$base: other headers");

	for my $origin (@$allowed) {
		$site = origin($origin);
		is(get($base, $site), 101, "$base: $site is allowed");
	}
}

# nothing has happened by all that

my $since = since($t, $before);

is($since->{rooms}, 0, 'no room was made');
is($since->{peers}, 0, 'nobody has joined');
ok($keeper->silent(), 'and nobody was told anything');

# a refusal says nothing else: of rooms that are there and those that are not

my @answers = map {
	bare($t->request('DELETE', "/meet/rooms/$_", headers => {
		Origin => 'https://evil.example',
		Authorization => "Bearer $token",
	}))
} $tag, Test::Secmeet::tag(), 'x', 'x/../../rooms/x';

is($answers[$_], $answers[0], "the same words, $_") for 1 .. $#answers;
unlike($answers[0], qr/access-control/i, 'no CORS header');

# a simple request of a form or a fetch without preflight makes nothing

is($t->request('POST', "/meet/rooms/" . Test::Secmeet::tag(), headers => {
	'Content-Type' => 'text/plain'
}, body => '{}')->{status}, 405, 'POST is nothing');
is($t->request('OPTIONS', "/meet/rooms/$tag", headers => {
	Origin => 'https://evil.example',
	'Access-Control-Request-Method' => 'PUT',
})->{status}, 403, 'a preflight is refused');

is($t->delete_room($tag, $token)->{status}, 204, 'the host may end it');

###############################################################################

sub origin {
	my ($origin) = @_;
	return $origin eq 'self' ? 'http://' . $t->host() : $origin;
}

sub put {
	my ($base, $origin, %headers) = @_;

	return $t->put($base . Test::Secmeet::tag(), headers => {
		Origin => $origin, %headers
	})->{status};
}

sub get {
	my ($base, $origin) = @_;
	return $t->ws($tag, base => $base, origin => $origin)->status();
}

sub end {
	my ($base, $origin) = @_;

	return $t->delete_room($tag, $token, base => $base, headers => {
		Origin => $origin
	})->{status};
}

sub bare {
	my ($response) = @_;
	return $response->{text} =~ s/^Date:.*$//mr;
}

###############################################################################
