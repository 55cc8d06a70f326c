#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threat A1: ClientHellos with null ciphers, valid ones, alerts and noise from
# other addresses, ten thousand a second, while twenty people join.  DTLS is
# taken from validated addresses only, so nobody loses the race.

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

$t->plan(9)->write_file_expand('nginx.conf', <<'EOC')->run();

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

my $n = 20;
my $rate = 4000;
my $seconds = $ENV{SECMEET_PRELOAD} ? 12 : 6;

my $peer = Test::Secmeet::Peer->new();
my $attacker = Test::Secmeet::Peer->new();
my $server = '127.0.0.1:' . $t->port(3478);

my %datagrams = (
	'127.0.0.1' => $attacker->hello()->{hex},
	'127.0.0.2' => unpack('H*', client_hello(0, 1, 2, 0x3b, 0xc006)),
	'127.0.0.3' => unpack('H*', record(21, "\2\50")),
	'127.0.0.4' => '16fefd' . 'ff' x 300,
	'127.0.0.5' => '17fefd' . '00' x 100,
);

# the last join is over before the spray is

my @random = ([27, 4], [27, 4], [9, 2], [3, 4], [13, 4]);
my $before = counters($t);
my $start = time();
my @refs;

for my $address (sort keys %datagrams) {
	push @refs, $attacker->raw_from(bind => $address, to => $server,
		hex => $datagrams{$address}, random => shift @random,
		count => $rate * $seconds, rate => $rate)->{ref};
}

my ($tag) = $t->create_room();
my @members = map {
	Test::Secmeet::Member->new($t, $peer, auto => 0)
} 1 .. $n;

for my $member (@members) {
	$member->join($tag)->publish('audio');
	run_for(0.15);
}

is(scalar(grep { $_->connected() } @members), $n, 'twenty have joined');

my $joined = time() - $start;
my @done = map { $attacker->wait(0, 'raw_reply', of => $_,
	timeout => 2 * $seconds) } @refs;
my $took = time() - $start - 0.5;
my $sent = 0;
my $replies = 0;

$sent += $_->{sent}, $replies += $_->{replies} for @done;

diag(sprintf '%d datagrams in %.1f s, all have joined after %.1f s',
	$sent, $took, $joined);

SKIP: {
	skip 'a slow machine', 2 if $ENV{SECMEET_VALGRIND};

	cmp_ok($sent / $took, '>', 10000, 'ten thousand a second');
	cmp_ok($joined, '<', $took, 'until the last had joined');
}

is($replies, 0, 'no answer to any of them');

my $since = since($t, $before);

cmp_ok($since->{'drop-tuple'} + $since->{'drop-unknown'}, '>', $sent / 2,
	'they are counted');
is($since->{'drop-handshake'}, 0, 'no handshake has failed');
is($since->{'drop-dtls'}, 0, 'none was disturbed');

# the meeting works

my ($alice, $bob) = @members;

$alice->subscribe();
ok($alice->complete($n - 1, 10), 'alice receives all');
$bob->start('audio', rate => 50, size => 120);
ok(loop(sub { (flow($bob, $alice)->{packets} // 0) > 20 }), 'and hears bob');

###############################################################################
