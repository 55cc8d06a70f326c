#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threat A30: names of files in tags, names, mids, tracks and texts.  No file
# is ever made, opened or looked for after what a client wrote.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;

use File::Find ();

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

        location /meet/rooms/ {
            secmeet meet;
            secmeet_message_rate 1000;
        }

        location ~ ^/regex/ {
            secmeet meet;
        }

        location / {
            return 404;
        }
    }
}

EOC

###############################################################################

$t->write_file('secret', 'the secret');
$t->write_file("deep/secret", 'the secret');

my $dir = $t->testdir();
my ($last) = $dir =~ m{([^/]+)$};
my @paths = (
	'..', '.', '../secret', '../../secret', "../../$last/secret",
	'..%2fsecret', '..%2Fsecret', '%2e%2e/secret', '%2e%2e%2fsecret',
	'%252e%252e%252fsecret', '....//secret', '..;/secret', '..\\secret',
	'..%5csecret', '%c0%ae%c0%ae/secret', '%ef%bc%8e%ef%bc%8e/secret',
	'/secret', '//secret', "/$dir/secret", 'secret%00', 'secret',
	'secret%00.' . 'a' x 32, 'a' x 32 . '%00', 'a' x 32 . '/../secret',
	'a' x 32 . '%2f..%2fsecret', '../' x 20 . 'etc/passwd',
	'..%2f' x 20 . 'etc/passwd', 'file:///etc/passwd', '/etc/passwd',
	'CON', 'nul', 'a' x 5000, '%', '%2', '%zz', '~root', '$(id)', '`id`',
	'|id', ';id', '*', '?', '%0d%0aX-Header:1', '%s%n',
);

my ($tag, $token) = $t->create_room();
my $ws = $t->join($tag);
my $before = files();

# as tags, by each method and as a WebSocket

my @faults;

for my $base ('/meet/rooms/', '/regex/') {
	for my $path (@paths) {
		for my $method (qw/ PUT DELETE GET POST /) {
			my $r = $t->request($method, $base . $path, headers => {
				Authorization => "Bearer $token",
			}, $method eq 'PUT' ? (body => '{}') : ());

			push @faults, "$method $base$path: $r->{status}"
				if $r->{status} < 400 || $r->{body} =~ /secret|root:/;
		}

		my $status = $t->ws($path, base => $base)->status();

		push @faults, "WebSocket $base$path: $status"
			unless !$status || $status >= 400;
	}
}

is(join("\n", @faults), '', 'no tag of these names a room or a file');
is($t->put('/meet/rooms/' . $tag)->{status}, 409, 'the room is there');

# as everything that a message holds

for my $path (map { s/%([0-9a-f]{2})/chr hex $1/gier } grep { /\S/ } @paths) {
	$path =~ tr/\0//d;
	next unless length $path && length $path < 1000;

	my $peer = $t->ws($tag);

	$peer->send('join', name => $path =~ tr/\x01-\x1f//dr);
	$peer->wait('joined') or push @faults, "name $path";
	$peer->send('send', data => $path);
	$peer->send('send', data => $path, to => $path);
	$peer->send('mute', track => $path, on => JSON::PP::true());
	$peer->send('receive', mid => $path, track => $path);
	$peer->send('offer', sdp => offer($path), publish => {
		$path => 'camera'
	}, receive => { $path => $path });
	$peer->offer(sdp => offer($path))
		or push @faults, "no answer: $path";
	$peer->close(1000);
	$peer->close_code();

	my $seen = $ws->wait('message') || {};

	# as bytes of UTF-8, or whatever the client took for it

	push @faults, "not literal: $path" if $seen->{data} ne $path;
	$ws->{queue} = [];
}

is(join("\n", @faults), '', 'names, mids, tracks and texts are texts');

###############################################################################

is(files(), $before, 'no file has come or gone');
is($t->read_file('secret') . $t->read_file('deep/secret'),
	'the secret' x 2, 'none was written to');

unlike($t->error_log(), qr/(?:open|stat|mkdir|rename|unlink)\w*\(\) "[^"]*$_/,
	"no file was looked for: $_") for $tag, 'a' x 32, 'passwd"';

###############################################################################

sub offer {
	my ($mid) = @_;

	return "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=$mid\r\nt=0 0\r\n"
		. "a=group:BUNDLE $mid\r\na=ice-ufrag:abcd\r\na=ice-pwd:"
		. 'p' x 24 . "\r\na=fingerprint:sha-256 AB" . ':AB' x 31
		. "\r\na=setup:actpass\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
		. "a=mid:$mid\r\na=msid:$mid $mid\r\na=sendrecv\r\n"
		. "a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
		. "a=fmtp:111 x=$mid\r\na=ssrc:1 cname:$mid\r\n";
}

# all below the test's directory and where nginx was started, without logs

sub files {
	my @files;

	File::Find::find({ no_chdir => 1, wanted => sub {
		push @files, $_ unless m{\.log$|\.secmeet/lock$};
	} }, $dir);

	return join "\n", sort @files, glob "$FindBin::Bin/*";
}

###############################################################################
