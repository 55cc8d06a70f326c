#!/usr/bin/perl

# Copyright (C) secmeet contributors

# An upgrade of the binary (USR2, then QUIT to the old master): meetings go
# on in the old workers, people join them through the new ones, and the old
# master leaves when they have ended.

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

# nginx clears its environment, and a sanitizer comes by it

my $env = $ENV{SECMEET_PRELOAD}
	? "env LD_PRELOAD;\nenv ASAN_OPTIONS;\nenv UBSAN_OPTIONS;\n" : '';

$t->plan(9)->write_file_expand('nginx.conf', $env . <<'EOC')->run();

%%GLOBALS%%

worker_processes 2;

events {
    worker_connections 1024;
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp reuseport;
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

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my $old = $t->pid();
my ($tag) = $t->create_room();
my @members = map { Test::Secmeet::Member->new($t, $peer) } 1 .. 4;

$_->join($tag)->publish('audio') for @members;

is(grep({ $_->connected(20) && $_->complete(3, 20) } @members), 4,
	'all are connected');

my $count = 50 * 8;

$_->start('audio', rate => 50, size => 120, count => $count) for @members;
run_for(1);

$t->signal('USR2');

my $oldbin = $t->testdir() . '/nginx.pid.oldbin';

ok(loop(sub { -e $oldbin && $t->pid() && $t->pid() != $old }, 10),
	'a new binary runs');
run_for(1);

kill 'QUIT', $old;
run_for(1);

my $late = Test::Secmeet::Member->new($t, $peer);
$late->join($tag)->publish('audio');

ok($late->connected(10) && $late->complete(4, 10),
	'somebody joins by the new one');

my ($new) = $t->create_room();
my @others = map { Test::Secmeet::Member->new($t, $peer) } 1 .. 2;

$_->join($new)->publish('audio') for @others;
is(grep({ $_->connected(10) && $_->complete(1, 10) } @others), 2,
	'a new meeting is held');

is(grep({ $_->wait('done', timeout => 20) } @members), 4, 'all have sent');
run_for(1);

my $whole = 0;

for my $member (@members) {
	$whole += grep { $_->[8] == $count } @{$member->stats(brief => 1)->{recv}};
}

is($whole, 12, 'nobody lost a packet');
ok(kill(0, $old), 'the old master waits for its workers');

$_->leave() for @members, $late;

ok(Test::Secmeet::waitfor(sub { !kill(0, $old) }, 20),
	'and leaves after the meeting');

$_->start('audio', rate => 50, size => 120, count => 20) for @others;
$_->wait('done', timeout => 5) for @others;
run_for(0.5);

is(grep({ $_->stats(brief => 1)->{recv}[0][8] == 20 } @others), 2,
	'the new meeting goes on');

###############################################################################
