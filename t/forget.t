#!/usr/bin/perl

# Copyright (C) secmeet contributors

# What a meeting held is not in the memory of the worker any more after its
# last peer has left, nor in any log: names, chat, tag, tokens, credentials.

###############################################################################

use warnings;
use strict;
no warnings qw/ portable /;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Peer;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();
$t->skip_all('memory of a sanitizer')
	if $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND};

$t->write_file_expand('nginx.conf', <<'EOC')->run();

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
        }

        location = /status {
            secmeet_status;
        }
    }
}

EOC

my ($pid) = $t->workers();

open my $mem, '<:raw', "/proc/$pid/mem"
	or $t->skip_all('the memory of the worker cannot be read');

$t->plan(16);

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my $proof = ('P' . Test::Secmeet::random_hex(21));
my $tag = Test::Secmeet::tag();
my $host = $t->put("/meet/rooms/$tag", json => { proof => $proof })
	->{json}{host};

my %canary = (
	name => Test::Secmeet::random_hex(12),
	chat => Test::Secmeet::random_hex(12),
	tag => $tag, proof => $proof, host => $host,
);

my $alice = $t->ws($tag);
my $bob = $t->ws($tag);

$alice->join(name => $canary{name}, proof => $proof, host => $host);
$bob->join(proof => $proof);
$alice->send('send', data => $canary{chat});
$bob->wait('message', timeout => 5);

$peer->create(1, bind => '127.0.0.1');
$alice->send('offer', sdp => $peer->offer(1,
	send => [ { kind => 'audio', mid => '0' } ]));

my $answer = $alice->wait('answer', timeout => 5);

@canary{qw/ ufrag pwd /} = $answer->{sdp}
	=~ /^a=ice-ufrag:(\S+).*^a=ice-pwd:(\S+)/ms;

$peer->answer(1, $answer->{sdp});
$peer->wait(1, 'secure');

is(found($canary{ufrag}) > 0, 1, 'what is used is found while it is');

$alice->send('leave');
$bob->send('leave');
$_->close_code(5) for $alice, $bob;

Test::Secmeet::waitfor(sub { $t->get('/status')->{json}{rooms} == 0 }, 5);

my $log = $t->error_log();

for my $what (sort keys %canary) {
	is(found($canary{$what}), 0, "not in memory: $what");
	is(index($log, $canary{$what}), -1, "not in the log: $what");
}

is(keys %canary, 7, 'seven kinds');

###############################################################################

sub found {
	my ($text) = @_;

	my $n = 0;

	open my $maps, '<', "/proc/$pid/maps" or die "maps: $!\n";

	while (<$maps>) {
		my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) rw/ or next;

		sysseek($mem, hex $from, 0) or next;

		my ($left, $data) = (hex($to) - hex($from), '');

		while ($left > 0) {
			my $got = sysread($mem, my $part,
				$left < 1048576 ? $left : 1048576) or last;
			$left -= $got;
			$data = substr($data, -64) . $part;
			$n += () = $data =~ /\Q$text\E/g;
		}
	}

	return $n;
}

###############################################################################
