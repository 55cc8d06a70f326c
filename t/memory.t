#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Rooms come and go, and nothing of them stays: the memory and the
# descriptors of the worker are bounded.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(8)->write_file_expand('nginx.conf', <<'EOC')->run();

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
            secmeet_resume_timeout 2s;
        }

        location = /status {
            secmeet_status;
        }
    }
}

EOC

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my $pid = ($t->workers())[0];
my @fresh = usage();

rooms(20);

my @warm = usage();

rooms(50);

my @half = usage();

rooms(50);

my @full = usage();

diag("$_->[0]: $_->[1] kB, $_->[2] descriptors")
	for [ 'at the start', @fresh ], [ 'after 20 rooms', @warm ],
		[ 'after 70 rooms', @half ], [ 'after 120 rooms', @full ];

is($full[1], $warm[1], 'as many descriptors as before');

SKIP: {
	skip 'memory of a sanitizer', 2
		if $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND};

	# a busy moment may raise the level once; what leaks, leaks each time

	my ($least) = sort { $a <=> $b } $half[0] - $warm[0],
		$full[0] - $half[0];

	cmp_ok($least, '<', 512, '50 rooms can cost less than 512 kB');
	cmp_ok($full[0] - $warm[0], '<', 16384,
		'100 rooms cost less than 16 MB');
}

is($full[2]{rooms}, 0, 'no room is left');
is($full[2]{peers}, 0, 'no peer is left');
cmp_ok($full[2]{counters}{forwarded}, '>', 120 * 6 * 10,
	'packets were forwarded');
is($full[2]{counters}{"drop-$_"} // 'no such counter', 0, "none dropped: $_")
	for qw/ srtp rtp /;

###############################################################################

# three to a room, ten rooms at a time, ended in the ways that there are

sub rooms {
	my ($n) = @_;

	while ($n > 0) {
		my @rooms = map { [ $t->create_room() ] } 1 .. 10;

		room(@$_) for map { [ $_, enter($_->[0]) ] } @rooms;

		$n -= 10;
	}

	Test::Secmeet::waitfor(sub { status()->{rooms} == 0 }, 15);
	run_for(1.2);

	return;
}

sub enter {
	my ($tag) = @_;

	my @members = map { Test::Secmeet::Member->new($t, $peer) } 1 .. 3;

	$_->join($tag)->publish('audio', 'video') for @members;

	return @members;
}

my $end;

sub room {
	my ($room, @members) = @_;

	my ($tag, $host) = @$room;

	for my $member (@members) {
		$member->connected(10) && $member->complete(4, 10)
			or die "$member->{name} is not connected\n";
		$member->start('audio', rate => 100, size => 120, count => 10);
		$member->start('video', rate => 100, size => 1100, count => 10);
	}

	$_->wait('done') && $_->wait('done') for @members;

	$end = (($end // 0) + 1) % 4;

	if ($end == 0) {
		$t->delete_room($tag, $host);
		$_->crash() for @members;

	} elsif ($end == 1) {
		$_->leave() for @members;

	} elsif ($end == 2) {
		$_->crash() for @members;

	} else {
		$members[0]->mute_ice();
		$members[0]->ws()->disconnect();
		$members[0]->crash();
		$_->bye() for @members[1, 2];
		$_->leave() for @members[1, 2];
	}

	return;
}

sub status { return $t->get('/status')->{json} || {} }

sub usage {
	my ($rss) = map { /^VmRSS:\s+(\d+)/ ? $1 : () } split /\n/,
		slurp("/proc/$pid/status");
	my @descriptors = glob "/proc/$pid/fd/*";

	return ($rss, scalar @descriptors, status());
}

sub slurp {
	my ($path) = @_;

	open my $fh, '<', $path or die "$path: $!\n";
	local $/;

	return scalar <$fh>;
}

###############################################################################
