#!/usr/bin/perl

# Copyright (C) secmeet contributors

# What forwarding costs: a meeting of six, each of whom sends to all others.
# Prints microseconds of CPU of all workers for each forwarded packet, losses,
# and the delay from one peer's send to the other's socket: in one worker, in
# two, and in two on a port that they may not bind, so that half of what comes
# is relayed from one to the other.
#
# Environment: MEMBERS, BENCH_SECS.

use warnings;
use strict;

BEGIN { use FindBin; chdir("$FindBin::Bin"); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ run_for /;
use Test::Secmeet::Peer;

use Time::HiRes qw/ time /;

###############################################################################

my $members = $ENV{MEMBERS} || 6;
my $seconds = $ENV{BENCH_SECS} || 10;

my $t = Test::Secmeet->new();

die "no build/peer/peer\n" unless Test::Secmeet::Peer::available();

printf "%-30s %9s %9s %7s %6s %7s %7s %10s\n", "$members to "
	. ($members - 1), 'packets/s', 'us/packet', 'CPU', 'lost', 'p99 ms',
	'max ms', 'relayed/s';

my $shape = 'video, 1100 bytes, 200/s';
my @video = (rate => 200, size => 1100, frame => 4);

with(1, $t->port(3478), sub {
	bench($shape, 'video', @video);
	bench('audio, 120 bytes, 50/s', 'audio', rate => 50, size => 120);
	bench('video, 1100 bytes, 800/s', 'video', rate => 800, size => 1100,
		frame => 16);
});

my $two;

with(2, $t->port(3478), sub {
	$two = bench("$shape, 2 workers", 'video', @video);
});

my $low = Test::Secmeet::low_port();

with(2, $low, sub {
	my $relayed = bench("$shape, relayed", 'video', @video);
	my $us = ($relayed->{cpu} - $two->{cpu}) / ($relayed->{relayed} || 1);

	printf "a relayed datagram: %.2f us of both workers\n", $us;
}) if $low;

###############################################################################

sub with {
	my ($workers, $port, $sub) = @_;

	$t->write_file('nginx.conf', $t->expand(<<"EOC"))->run();

%%GLOBALS%%

worker_processes $workers;

events {
    worker_connections 1024;
}

stream {
    server {
        listen 127.0.0.1:$port udp reuseport;
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

	$sub->();
	$t->stop();

	return;
}

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

	my %b = figures(@members);

	run_for($seconds);

	my %e = figures(@members);
	my %d = map { $_ => $e{$_} - $b{$_} } keys %e;

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

	printf "%-30s %9.0f %9.2f %6.1f%% %6d %7.2f %7.2f %10.0f\n", $name,
		$d{packets} / $d{time}, $d{cpu} / ($d{packets} || 1),
		$d{cpu} / $d{time} / 1e4, $missing, $p99 / 1000, $max / 1000,
		$d{relayed} / $d{time};

	$_->leave() for @members;

	return \%d;
}

sub figures {
	my (@members) = @_;

	my ($packets, $cpu) = (0, 0);

	for my $member (@members) {
		$packets += $_->[1]
			for @{$member->stats(brief => 1)->{recv}};
	}

	$cpu += Test::Secmeet::Member::cpu($_) for $t->workers();

	return (
		time => time(), packets => $packets, cpu => $cpu,
		relayed => $t->get('/status')->{json}{counters}{relayed},
	);
}

###############################################################################
