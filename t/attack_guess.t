#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Ten thousand guesses of a password: few of them are looked at, and nobody
# but the network they come from has to wait.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw/ time /;

###############################################################################

my $proof = 'p' x 42 . 'A';
my $t = Test::Secmeet->new()->plan()->write_file_expand('nginx.conf',
	<<'EOC')->run();

%%GLOBALS%%

worker_processes 2;

events {
    worker_connections 4096;
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
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location /meet/rooms/ {
            secmeet meet;
        }
    }
}

EOC

###############################################################################

my ($tag, $host) = $t->create_room(proof => $proof);
my ($alice, $joined) = $t->join($tag, proof => $proof);
my $bob = $t->join($tag, proof => $proof);
my $before;

# the right one is among them, somewhere after the first

my $in = 0;
my $denied = 0;
my $n = 0;

for my $round (1 .. 5) {
	my @guesses = map { my $guess = sprintf '%042dA', $n++;
		[ $t->ws($tag), $guess ] } 1 .. 2000;

	$guesses[500][1] = $proof if $round > 1;
	$_->[0]->send('join', proof => $_->[1]) for @guesses;

	if ($round == 3) {
		inside('in the midst of it');
		others();
	}

	for (@guesses) {
		my $answer = $_->[0]->read_message() || { type => 'none' };

		$denied++ if $answer->{type} eq 'denied';
		$in++ if $answer->{type} eq 'joined';
		$_->[0]->disconnect();
	}

	$before = memory() if $round == 1;
}

is($in, 0, 'the right one among ten thousand is not found');
is($denied, 10000, 'all are denied alike');
inside('afterwards');
others();

cmp_ok(memory() - $before, '<', 12288, 'memory (kB) since the first round')
	unless $ENV{SECMEET_PRELOAD};
ok(1) if $ENV{SECMEET_PRELOAD};

# another room of the same network is another matter

my ($second) = $t->create_room(proof => $proof);

ok(scalar $t->join($second, proof => $proof), 'another room is none the wiser');

###############################################################################

# people in the room, and whoever has shown more than a password

sub inside {
	my ($when) = @_;

	$alice->send('send', data => $when);
	is(($bob->wait('message', data => $when) || {})->{data}, $when,
		"those inside are well: $when");

	$alice->disconnect();

	my $start = time();

	($alice, $joined) = $t->join($tag, resume => $joined->{resume});
	ok($joined->{resumed}, 'and come back');

	my ($chair) = $t->join($tag, host => $host);

	ok($chair, 'the host comes in');
	cmp_ok(time() - $start, '<', Test::Secmeet::timeout(1), 'at once');
	$chair->send('leave');
	$chair->close_code();

	return;
}

sub others {
	my $start = time();
	my $answer = $t->ws($tag, socket => from('127.77.1.1'))
		->join(proof => $proof);

	is($answer->{type}, 'joined', 'who knows it comes in from elsewhere');
	cmp_ok(time() - $start, '<', Test::Secmeet::timeout(1), 'at once');

	$answer = $t->ws($tag, socket => from('127.77.1.2'))
		->join(proof => 'q' x 42 . 'A');
	is($answer->{type}, 'denied', 'who does not, does not');

	return;
}

sub from {
	my ($address) = @_;

	return IO::Socket::INET->new(LocalAddr => $address,
		PeerAddr => '127.0.0.1', PeerPort => $t->port(8080))
		// die "$address: $!\n";
}

sub memory {
	my $sum = 0;

	for my $pid ($t->workers()) {
		open my $fh, '<', "/proc/$pid/status" or next;
		local $/;
		$sum += $1 if <$fh> =~ /^VmRSS:\s+(\d+)/m;
	}

	return $sum;
}

###############################################################################
