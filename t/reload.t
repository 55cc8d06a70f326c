#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Reload, with another number of workers each time: meetings go on in the
# workers that hold them, people join those that are running, new ones are
# held by new workers, and old workers leave when their meetings have ended.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

use Time::HiRes qw/ time /;

###############################################################################

my $rooms = $ENV{SECMEET_RELOAD_ROOMS} || 8;
my $every = $ENV{SECMEET_RELOAD_EVERY} || 3;
my @workers = (4, 1, 2);
my $rate = 50;

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(2 * 8);

my $peer = Test::Secmeet::Peer->new();

through($_) for '', 'reuseport';

###############################################################################

sub through {
	my ($listen) = @_;

	my $name = $listen || 'shared';

	$t->write_file('nginx.conf', config(2, $listen))->run();

	my @old = $t->workers();
	my @rooms = map { [ enter(($t->create_room())[0]) ] } 1 .. $rooms;
	my @members = map { @$_ } @rooms;

	is(grep({ $_->connected(20) && $_->complete(3, 20) } @members),
		4 * $rooms, "$name: all are connected");

	my $count = $rate * $every * (1 + @workers);

	$_->start('audio', rate => $rate, size => 120, count => $count)
		for @members;

	my (@late, $known);

	for my $n (@workers) {
		run_for($every / 2);

		$t->write_file('nginx.conf', config($n, $listen));
		$t->reload();

		run_for($every / 2);

		my $late = Test::Secmeet::Member->new($t, $peer);
		$late->join($rooms[@late % @rooms][0]{tag})->publish('audio');
		push @late, $late;

		my ($tag) = $t->create_room();
		my ($one, $two) = map { Test::Secmeet::Member->new($t, $peer) }
			1 .. 2;
		$_->join($tag)->publish('audio') for $one, $two;
		$known++ if $one->connected(10) && $two->connected(10)
			&& $one->complete(1, 10) && $two->complete(1, 10);
		$_->leave() for $one, $two;
	}

	is(grep({ $_->connected(10) && $_->complete(4, 10) } @late), @workers,
		"$name: those who came late are in");
	is($known, @workers, "$name: new meetings meanwhile");

	is(grep({ $_->wait('done', timeout => 30) } @members), @members,
		"$name: all have sent");
	run_for(1.2);

	my $short = 0;

	for my $member (@members) {
		my $stats = $member->stats(brief => 1);
		my $whole = grep { $_->[8] == $count } @{$stats->{recv}};

		$short++ if $whole < 3;
	}

	is($short, 0, "$name: nobody lost a packet");

	ok(grep({ exists_pid($_) } @old), "$name: old workers live");

	$_->leave() for @late, @members;

	ok(Test::Secmeet::waitfor(sub { !grep { exists_pid($_) } @old }, 20),
		"$name: and leave after the last meeting");

	my $dir = $t->testdir();
	my @claims = glob("$dir/*.secmeet/r.*");

	is(@claims, 0, "$name: no claim is left");

	$t->stop();

	return;
}

sub enter {
	my ($tag) = @_;

	my @members = map { Test::Secmeet::Member->new($t, $peer) } 1 .. 4;

	for my $member (@members) {
		$member->{tag} = $tag;
		$member->join($tag)->publish('audio');
	}

	return @members;
}

sub exists_pid { return kill(0, $_[0]) }

sub config {
	my ($n, $listen) = @_;

	my $conf = <<'EOC';

%%GLOBALS%%

worker_processes WORKERS;

events {
    worker_connections 1024;
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp LISTEN;
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

	$conf =~ s/WORKERS/$n/;
	$conf =~ s/LISTEN/$listen/;

	return $t->expand($conf);
}

###############################################################################
