#!/usr/bin/perl

# Copyright (C) secmeet contributors

# What forwarding costs: a meeting of six, each of whom sends to all others.
# Prints microseconds of the worker's CPU per forwarded packet, losses, and
# the delay from one peer's send to the other's socket.

use warnings;
use strict;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

###############################################################################

my $members = $ENV{MEMBERS} || 6;
my $seconds = $ENV{BENCH_SECS} || 10;

my $t = Test::Secmeet->new();

die "no build/peer/peer\n" unless Test::Secmeet::Peer::available();

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

events {
    worker_connections 1024;
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
    }
}

EOC

my $pid = ($t->workers())[0];

printf "%-28s %9s %10s %8s %9s %9s %9s\n", "$members to " . ($members - 1),
	'packets/s', 'us/packet', 'CPU', 'lost', 'p99 ms', 'max ms';

bench('video, 1100 bytes, 200/s', 'video', rate => 200, size => 1100,
	frame => 4);
bench('audio, 120 bytes, 50/s', 'audio', rate => 50, size => 120);
bench('video, 1100 bytes, 800/s', 'video', rate => 800, size => 1100,
	frame => 16);

###############################################################################

sub bench {
	my ($name, $kind, %source) = @_;

	my $peer = Test::Secmeet::Peer->new();
	my ($tag) = $t->create_room();
	my @members = map { Test::Secmeet::Member->new($t, $peer) }
		1 .. $members;

	$_->join($tag)->publish($kind) for @members;

	for (@members) {
		$_->connected(20) && $_->complete($members - 1, 20)
			or die "$_->{name} is not connected\n";
	}

	$_->start($kind, %source) for @members;
	run_for(1);

	my $cpu = Test::Secmeet::Member::cpu($pid);
	my $packets = packets(@members);
	my $start = Time::HiRes::time();

	run_for($seconds);

	$cpu = Test::Secmeet::Member::cpu($pid) - $cpu;
	$packets = packets(@members) - $packets;

	my $took = Time::HiRes::time() - $start;

	$_->stop() for @members;
	run_for(0.5);

	my ($missing, $p99, $max) = (0, 0, 0);

	for my $member (@members) {
		my $stats = $member->stats();

		for my $line (@{$stats->{recv}}) {
			$missing += $line->{missing};
			$max = $line->{delay_max} if $line->{delay_max} > $max;
		}

		$p99 = $stats->{delay_p99} if $stats->{delay_p99} > $p99;
	}

	printf "%-28s %9.0f %10.2f %7.1f%% %9d %9.2f %9.2f\n", $name,
		$packets / $took, $cpu / ($packets || 1), $cpu / $took / 1e4,
		$missing, $p99 / 1000, $max / 1000;

	$_->leave() for @members;

	return;
}

sub packets {
	my (@members) = @_;

	my $packets = 0;

	for my $member (@members) {
		$packets += $_->[1]
			for @{$member->stats(brief => 1)->{recv}};
	}

	return $packets;
}

###############################################################################
