#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Reload, with another number of workers each time: meetings go on in the
# workers that hold them, people join those that are running, new ones are
# held by new workers, and old workers leave when their meetings have ended.
#
# For two minutes with one listening socket for all workers, and with one for
# each; for a shorter time by IPv6, and on a port that workers may not bind,
# so that all media is relayed between them.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ run_for /;
use Test::Secmeet::Peer;

###############################################################################

my $slow = $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND};
my $rooms = $ENV{SECMEET_RELOAD_ROOMS} || ($slow ? 8 : 40);
my $times = $ENV{SECMEET_RELOADS} || ($slow ? 4 : 24);
my $every = 5;
my $rate = 50;
my @workers = (4, 1, 2);

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(3 * 10 + 2 * 11);

my $low = Test::Secmeet::low_port();

through(name => 'one socket', addr => '127.0.0.1', times => $times);
through(name => 'reuseport', addr => '127.0.0.1', times => $times,
	listen => 'reuseport');
through(name => 'IPv6', addr => '[::1]', times => 3, rooms => 10);

SKIP: {
	skip 'root and a port below 1024 are needed', 22 unless $low;

	through(name => 'relayed', addr => '127.0.0.1', times => 4, port => $low,
		rooms => 10);
	through(name => 'relayed, reuseport', addr => '127.0.0.1', times => 4,
		port => $low, rooms => 10, listen => 'reuseport');
}

###############################################################################

sub through {
	my (%o) = @_;

	my $n = $o{rooms} || $rooms;
	my $peer = Test::Secmeet::Peer->new();

	configure(\%o, 2);
	$t->run();

	my @old = $t->workers();
	my @bind = $o{addr} =~ /^\[(.*)\]/ ? (bind => $1) : ();
	my @rooms = map { [ enter(($t->create_room())[0], $peer, @bind) ] }
		1 .. $n;
	my @members = map { @$_ } @rooms;

	is(grep({ $_->connected(30) && $_->complete(3, 30) } @members), 4 * $n,
		"$o{name}: all are connected");

	my $count = $rate * $every * ($o{times} + 1);

	$_->start('audio', rate => $rate, size => 120, count => $count)
		for @members;

	my (@late, $known);

	for my $i (1 .. $o{times}) {
		run_for($every / 2);

		configure(\%o, $workers[$i % @workers]);
		$t->reload();

		run_for($every / 2);

		my $late = Test::Secmeet::Member->new($t, $peer, @bind);
		$late->join($rooms[@late % @rooms][0]{tag})->publish('audio');
		push @late, $late;

		my ($tag) = $t->create_room();
		my ($one, $two) = map { Test::Secmeet::Member->new($t, $peer, @bind) }
			1 .. 2;
		$_->join($tag)->publish('audio') for $one, $two;
		$known++ if $one->connected(10) && $two->connected(10)
			&& $one->complete(1, 10) && $two->complete(1, 10);
		$_->leave() for $one, $two;
	}

	is(grep({ $_->connected(10) && $_->settled() } @late), $o{times},
		"$o{name}: those who came late are in");
	is($known, $o{times}, "$o{name}: new meetings meanwhile");

	is(grep({ $_->wait('done', timeout => 30) } @members), @members,
		"$o{name}: all have sent");
	run_for(1.2);

	my ($packets, $short) = (0, 0);

	for my $member (@members) {
		my @whole = grep { $_->[8] == $count }
			@{$member->stats(brief => 1)->{recv}};

		$short += 3 - @whole;
		$packets += $count * @whole;
	}

	is($short, 0, "$o{name}: nobody lost a packet");
	diag("$o{name}: $o{times} reloads, $packets packets, none lost")
		unless $short;

	ok(grep({ kill 0, $_ } @old), "$o{name}: old workers live");

	$_->leave() for @late, @members;

	ok(waitfor(sub { !grep { kill 0, $_ } @old }, 20),
		"$o{name}: and leave after the last meeting");
	ok(waitfor(sub { $t->workers(1) == $t->workers() }, 20),
		"$o{name}: no old worker remains");

	my @left = map { m{([^/]+)$} } glob $t->testdir() . '/*.secmeet/*';
	my @sockets = grep { /^w\./ } @left;

	is(join(' ', grep { !/^w\./ } @left), 'key lock',
		"$o{name}: no file is left");
	is(@sockets, $t->workers(), "$o{name}: but those of the workers");

	my $told = () = $t->error_log() =~ /workers may not bind the port/g;

	is($told, 1, "$o{name}: the log says once that media is relayed")
		if $o{port};

	$t->stop();
	unlink $t->testdir() . '/error.log' if Test::More->builder->is_passing();

	return;
}

sub enter {
	my ($tag, $peer, @bind) = @_;

	my @members = map { Test::Secmeet::Member->new($t, $peer, @bind) } 1 .. 4;

	for my $member (@members) {
		$member->join($tag)->publish('audio');
	}

	return @members;
}

sub configure {
	my ($o, $n) = @_;

	my $port = $o->{port} || $t->port(3478);
	my $listen = "$o->{addr}:$port udp " . ($o->{listen} || '');

	$t->write_file('nginx.conf', $t->expand(<<"EOC"));

%%GLOBALS%%

worker_processes $n;

events {
    worker_connections 1024;
}

stream {
    server {
        listen $listen;
        secmeet_media on;
    }
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen [::1]:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet;
        }
    }
}

EOC

	return;
}

###############################################################################
