#!/usr/bin/perl

# Copyright (C) secmeet contributors

# An upgrade of the binary (USR2, then QUIT to the old master): meetings go
# on in the old workers, people join them through the new ones, and the old
# master leaves when they have ended.  Also where all media is relayed.
#
# The module is replaced before: a reload goes on with the old one, only the
# new binary has the new one.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

use File::Copy qw/ copy /;

###############################################################################

my $rooms = $ENV{SECMEET_UPGRADE_ROOMS} || ($ENV{SECMEET_PRELOAD} ? 8 : 40);
my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(2 * 14);

my $module = $t->testdir() . '/module.so';

# nginx clears its environment, and a sanitizer comes by it

my $env = $ENV{SECMEET_PRELOAD}
	? "env LD_PRELOAD;\nenv ASAN_OPTIONS;\nenv UBSAN_OPTIONS;\n" : '';

through('upgrade', $t->port(3478), $rooms);

SKIP: {
	my $low = Test::Secmeet::low_port();

	skip 'root and a port below 1024 are needed', 14 unless $low;

	through('relayed', $low, 8);
}

###############################################################################

sub through {
	my ($name, $port, $n) = @_;

	replace_module();
	$t->write_file('nginx.conf', configure($env . <<"EOC"))->run();

%%GLOBALS%%

worker_processes 2;

events {
    worker_connections 1024;
}

stream {
    server {
        listen 127.0.0.1:$port udp reuseport;
        listen 127.0.0.1:%%PORT_3479%%;
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

	my $peer = Test::Secmeet::Peer->new();
	my $old = $t->pid();
	my @rooms = map { room($peer) } 1 .. $n;
	my @members = map { @{$_->{members}} } @rooms;

	is(grep({ $_->connected(30) && $_->complete(3, 30) } @members), 4 * $n,
		"$name: all are connected");

	my $count = 50 * 10;

	$_->start('audio', rate => 50, size => 120, count => $count)
		for @members;
	run_for(0.5);

	replace_module();
	$t->reload();
	is(grep({ runs_deleted($_) } $t->workers()), $t->workers(),
		"$name: a reload goes on with the module of before");

	run_for(0.5);
	$t->signal('USR2');

	my $oldbin = $t->testdir() . '/nginx.pid.oldbin';

	ok(loop(sub { -e $oldbin && $t->pid() && $t->pid() != $old }, 10),
		"$name: a new binary runs");
	ok(loop(sub { $t->workers() == 2 }, 10), "$name: with its workers")
		&& is(grep({ runs_deleted($_) } $t->workers()), 0,
			"$name: and the new module");
	run_for(1);

	kill 'QUIT', $old;
	run_for(1);

	my $late = Test::Secmeet::Member->new($t, $peer);
	$late->join($rooms[0]{tag})->publish('audio');

	ok($late->connected(10) && $late->complete(4, 10),
		"$name: somebody joins by the new one");

	# a WebSocket to an old worker comes back by a new one

	my $lost = $members[-1];

	$lost->{resume} = 1;
	$lost->disconnect();
	ok(loop(sub { $lost->{resumed} }, 5), "$name: somebody comes back by it");

	my $new = room($peer, 2);
	my @others = @{$new->{members}};

	is(grep({ $_->connected(10) && $_->complete(1, 10) } @others), 2,
		"$name: a new meeting is held");

	is(grep({ $_->wait('done', timeout => 20) } @members), 4 * $n,
		"$name: all have sent");
	run_for(1);

	my $whole = 0;

	for my $member (@members) {
		$whole += grep { $_->[8] == $count }
			@{$member->stats(brief => 1)->{recv}};
	}

	is($whole, 12 * $n, "$name: nobody lost a packet");
	ok(kill(0, $old), "$name: the old master waits for its workers");

	$_->leave() for @members, $late;

	ok(waitfor(sub { !kill(0, $old) }, 20),
		"$name: and leaves after the meetings");

	$_->start('audio', rate => 50, size => 120, count => 20) for @others;
	$_->wait('done', timeout => 5) for @others;
	run_for(0.5);

	is(grep({ $_->stats(brief => 1)->{recv}[0][8] == 20 } @others), 2,
		"$name: the new meeting goes on");

	$_->leave() for @others;
	$t->stop();

	is_deeply([ sort map { m{([^/]+)$} } glob $t->testdir()
		. '/*.secmeet/*' ], [ 'key', 'lock' ], "$name: no file is left");

	return;
}

sub replace_module {
	my ($from) = $t->globals() =~ /^load_module (.*secmeet.*);$/m;

	copy($from, "$module.new") or die "copy: $!\n";
	rename "$module.new", $module or die "rename: $!\n";

	return;
}

sub configure {
	my ($content) = @_;
	return $t->expand($content) =~ s/^load_module .*secmeet.*$/load_module $module;/mr;
}

sub runs_deleted {
	my ($pid) = @_;

	open my $fh, '<', "/proc/$pid/maps" or return 0;

	return grep { m{/module\.so \(deleted\)} } <$fh>;
}

sub room {
	my ($peer, $n) = @_;

	$n ||= 4;

	my ($tag) = $t->create_room();
	# the last one by TCP

	my @members = map {
		Test::Secmeet::Member->new($t, $peer, tcp => $_ == $n)
	} 1 .. $n;

	$_->join($tag)->publish('audio') for @members;

	return { tag => $tag, members => \@members };
}

###############################################################################
