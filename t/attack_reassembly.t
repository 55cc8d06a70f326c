#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threat A3: fragments of length zero, messages that never end, records of
# the future, from an address that ICE has validated: bytes, time and memory
# are bounded before a handshake is done, and it can still be done later.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Attack;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

use Time::HiRes qw/ time /;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(22)->write_file_expand('nginx.conf', <<'EOC')->run();

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

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my ($tag) = $t->create_room();
my ($alice, $bob, $mallory, $sleeper) = map {
	Test::Secmeet::Member->new($t, $peer, name => $_, auto => 0)
} qw/ alice bob mallory sleeper /;

$_->join($tag)->publish('audio') for $alice, $bob;
ok($_->connected(), "$_->{name} is connected") for $alice, $bob;
$bob->subscribe();
ok($bob->complete(1), 'bob receives alice');
$alice->start('audio', rate => 50, size => 120);

for my $member ($mallory, $sleeper) {
	$member->dtls(hold => 1);
	$member->join($tag)->publish('audio');
	ok($member->wait('connected'), "$member->{name}: ICE only");
}

# a handshake that begins and never goes on

my $before = counters($t);
my $part = handshake(1, 'x' x 100, 0, 0, 1000);
my $begun = time();

$sleeper->raw(hex => unpack('H*', record(22, $part)));
run_for(1);

# what mallory sends, again and again: each a datagram of its own

my $hello = client_hello(0xc02b);
my @floods = (
	[ 'empty fragments', record(22, handshake(1, '', 0, 0, 1000)) ],
	[ 'empty fragments of nothing', record(22, handshake(1, '', 0, 0, 0)) ],
	[ 'empty fragments, a hundred in a record',
		record(22, handshake(1, '', 0, 0, 1000) x 100) ],
	[ 'sixteen megabytes to come', record(22, handshake(1, 'x' x 1000, 0, 0,
		0xffffff)) ],
	[ 'sixteen kilobytes to come', record(22, handshake(1, 'x' x 1000, 0,
		1000, 16000)) ],
	[ 'an end before its begin', record(22, handshake(1, 'x' x 100, 0,
		0xffff00, 200)) ],
	[ 'messages of the future', record(22, $part) . join '', map {
		record(22, handshake(11, 'x' x 50, $_, 0, 16000), $_)
	} 1 .. 10 ],
	[ 'records of the future', $hello . join '', map {
		record(22, 'x' x 100, $_, 1)
	} 1 .. 8 ],
	[ 'empty records', record(22, '') x 50 ],
	[ 'a ClientHello with null ciphers', client_hello(0, 1, 2) ],
);

my $memory = memory($t);
my $cpu = cpu($t);
my $sent = 0;

for my $flood (@floods) {
	my ($name, $datagram) = @$flood;

	# each generation of ICE may try again

	$mallory->restart_ice();
	$mallory->wait('connected') or die "no ICE restart\n";

	$mallory->raw(hex => unpack('H*', $datagram), count => 2000,
		rate => 8000);
	ok($mallory->wait('raw_sent', timeout => 10), "2000 times: $name");
	$sent += 2000;
}

run_for(0.5);

$cpu = (cpu($t) - $cpu) / $sent;
$memory = memory($t) - $memory;
diag(sprintf '%.1f us of CPU for each, %d kB more', $cpu, $memory);

SKIP: {
	skip 'memory of a sanitizer', 1
		if $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND};

	cmp_ok($memory, '<', 2048, 'less than 2 MB for 20000 datagrams');
}

# in each generation thirty-two handshakes are tried, and no more

my $since = since($t, $before);

cmp_ok($since->{'drop-dtls'}, '>', $sent / 4, 'many were not looked at');
cmp_ok($since->{'drop-handshake'}, '<=', 33 * @floods,
	'few handshakes were begun');

# a new ICE generation may do it right

$mallory->dtls(hold => 0);
$mallory->restart_ice();
ok($mallory->connected(), 'mallory can be secure after an ICE restart');

# the one that has begun and never went on is given up after 20 seconds

$before = counters($t);
run_for(17 - (time() - $begun)) if time() - $begun < 17;
is(since($t, $before)->{'drop-handshake'}, 0, 'a handshake has time');
ok(loop(sub { since($t, $before)->{'drop-handshake'} == 1 }, 6),
	'but not for ever');

# and nobody else has noticed

ok(whole($alice, $bob), 'bob hears alice');

###############################################################################
