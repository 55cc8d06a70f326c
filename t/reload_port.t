#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A reload that moves media to another port: a meeting that runs goes on by
# the old one, and whoever joins it afterwards comes by the new one.

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

$t->plan(9);

configure(3478);
$t->run();

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my ($tag) = $t->create_room();
my @members = map { Test::Secmeet::Member->new($t, $peer) } 1 .. 2;

$_->join($tag)->publish('audio') for @members;
is(grep({ $_->connected(10) && $_->complete(1, 10) } @members), 2,
	'two are connected');

my $count = 300;

$_->start('audio', rate => 100, size => 100, count => $count) for @members;
run_for(0.5);

configure(3479);
ok($t->reload(), 'reload');

my $late = Test::Secmeet::Member->new($t, $peer);

$late->join($tag)->publish('audio');
ok($late->connected(10) && $late->complete(2, 10), 'a third is');
is($late->stats()->{ice}{remote}, '127.0.0.1:' . $t->port(3479),
	'by the new port');
ok(loop(sub { !grep { !$_->complete(2, 0.1) } @members }, 10),
	'the others receive him');

$late->start('audio', rate => 100, size => 100, count => 50);
is(grep({ $_->wait('done', timeout => 10) } @members, $late), 3,
	'all have sent');
run_for(0.5);

my @rows = map { @{$_->stats(brief => 1)->{recv}} } @members;

is_deeply([ sort { $a <=> $b } map { $_->[8] } @rows ],
	[ 50, 50, $count, $count ], 'no packet is lost');

# new credentials, by the path that there is

$members[0]->restart_ice();
ok($members[0]->wait('connected', timeout => 10), 'ICE restarts');
is($members[0]->stats()->{ice}{remote}, '127.0.0.1:' . $t->port(3478),
	'by the old port');

$_->leave() for @members, $late;

###############################################################################

sub configure {
	my ($port) = @_;

	$t->write_file('nginx.conf', $t->expand(<<"EOC"));

%%GLOBALS%%

worker_processes 2;

events {
}

stream {
    server {
        listen 127.0.0.1:%%PORT_$port%% udp;
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

	return;
}

###############################################################################
