#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threat A11: a hundred thousand SSRCs, not authentic, from the peer's own
# address leave nothing behind, and authentic ones beyond what was negotiated
# no more than a bound.

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

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(17)->write_file_expand('nginx.conf', <<'EOC')->run();

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
my ($alice, $bob) = map {
	Test::Secmeet::Member->new($t, $peer, name => $_, ext_mid => 4)
} qw/ alice bob /;

$_->join($tag)->publish('audio') for $alice, $bob;
ok($_->connected() && $_->complete(1), "$_->{name} is connected")
	for $alice, $bob;
$_->start('audio', rate => 50, size => 120) for $alice, $bob;
run_for(0.5);

# the state of both ends is warm; 12 bytes of RTP with an SSRC, MID "0" in a
# header extension or none, and RTCP

my $mid = unpack 'H*', pack 'C a1 n', 0x40, $alice->sending('audio'), 0;
my @floods = (
	[ 'RTP without a MID', '806f0001' . '00' x 68, 'ssrc', 50000 ],
	[ 'RTP with a MID', '906f0001' . '00' x 8 . 'bede0001' . $mid
		. '00' x 60, 'srtp', 50000 ],
	[ 'RTCP', '80c90006' . '00' x 40, 'srtcp', 20000 ],
);

for my $flood (@floods) {
	my ($name, $hex, $counter, $n) = @$flood;
	my $random = $counter eq 'srtcp' ? [4, 4] : [8, 4];

	# the first few make what is made once

	$alice->raw(hex => $hex, count => 100, random => $random);
	run_for(0.3);

	my $before = counters($t);
	my $memory = memory($t);
	my $cpu = cpu($t);

	my $ref = $alice->raw(hex => $hex, count => $n, rate => 20000,
		random => $random)->{ref};

	$alice->wait('raw_sent', of => $ref, timeout => 15)
		or die "not sent\n";
	run_for(0.5);

	$memory = memory($t) - $memory;

	my $since = since($t, $before);
	my $dropped = $since->{"drop-$counter"};

	diag(sprintf '%s: %d kB, %.1f us of CPU each', $name, $memory,
		(cpu($t) - $cpu) / ($dropped || 1));

	cmp_ok($dropped, '>', $n * 0.9, "$name: counted");
	ok($ENV{SECMEET_PRELOAD} || $memory < 512,
		"$name: no memory goes to $n SSRCs");
	ok(whole($bob, $alice), "$name: alice hears bob");
}

# authentic ones, ten times as many as any table holds

my $before = counters($t);
my $memory = memory($t);

for (1 .. 20) {
	$alice->inject(kind => 'unknown-ssrc', count => 250);
	run_for(0.05);
}

my $unknown = memory($t) - $memory;

for (1 .. 40) {
	$alice->inject(kind => 'new-ssrc', count => 250);
	run_for(0.05);
}

run_for(0.5);
$memory = memory($t) - $memory;
diag("15000 authentic SSRCs: $memory kB, $unknown kB without a MID");

my $since = since($t, $before);

cmp_ok($since->{'drop-ssrc'}, '>', 5000, 'authentic: counted');
ok($ENV{SECMEET_PRELOAD} || $unknown < 512,
	'authentic: none without a MID is kept');
ok($ENV{SECMEET_PRELOAD} || $memory < 8192,
	'authentic: no more than a bound by MID');
ok(whole($bob, $alice), 'authentic: alice hears bob');

# all of it goes with the peer

$alice->leave();
ok($bob->message('left'), 'alice leaves');
is(counters($t)->{peers}, 1, 'and nothing of her stays');

###############################################################################
