#!/usr/bin/perl

# Copyright (C) secmeet contributors

# worker_shutdown_timeout: before it strikes, people are told to come back,
# and their meetings go on in new workers, with the same people, hosts and
# passwords.  Old workers are gone in time.

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

my $timeout = 5;
my $proof = 'p' x 42 . 'A';
my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(19)->write_file_expand('nginx.conf', <<"EOC")->run();

%%GLOBALS%%

worker_processes 2;
worker_shutdown_timeout ${timeout}s;

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
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location /meet/rooms/ {
            secmeet meet;
        }
    }
}

EOC

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my @old = $t->workers();
my ($tag, $host) = $t->create_room(proof => $proof);
my @rooms = ([ enter($tag, host => $host, proof => $proof) ],
	map { [ enter(($t->create_room())[0]) ] } 1 .. 7);
my @members = map { @$_ } @rooms;

is(grep({ $_->connected(20) && $_->complete(3, 20) } @members), 32,
	'all are connected');

# a room that was made, and whose maker is about to join

my $made = Test::Secmeet::tag();
my $secrets = $t->put("/meet/rooms/$made",
	json => { proof => $proof })->{json};

$_->start('audio', rate => 50, size => 120) for @members;
run_for(1);

my $start = time();

ok($t->reload(), 'reload');

ok(loop(sub { !grep { !$_->{revived} } @members }, 10),
	'all are told to come back, and do');

my $told = time() - $start;

cmp_ok($told, '>', 2.5, 'not before it must be');
cmp_ok($told, '<', $timeout, 'but before worker_shutdown_timeout')
	unless $ENV{SECMEET_PRELOAD};
ok(1) if $ENV{SECMEET_PRELOAD};

my %reasons = map { ($_->message('rejoin', timeout => 0) || {})->{reason}
	// 'none' => 1 } @members;

is(join(' ', keys %reasons), 'shutdown', 'the reason');

ok(loop(sub { !grep { !heard($_) } @members }, 10),
	'everybody hears everybody again');
diag(sprintf 'told to come back after %.2f s, all hear each other %.2f s '
	. 'later', $told, time() - $start - $told);

is(grep({ $_->{you} eq $_->{first} } @members), 32, 'who they were');
is($rooms[0][0]{host}, JSON::PP::true(), 'the host is a host');
is($t->ws($tag)->join()->{type}, 'denied', 'the password is needed');
is($t->ws($tag)->join(proof => $proof)->{type}, 'joined', 'and right');

my $maker = $t->ws($made);
my $joined = $maker->join(proof => $proof, host => $secrets->{host},
	resume => $secrets->{resume});

is($joined->{type}, 'joined', 'a room that nobody was in is not lost');
ok($joined->{host}, 'nor who its host is');

ok(waitfor(sub { !grep { kill 0, $_ } @old }, $timeout + 2),
	'the old workers are gone');
unlike($t->error_log(), qr/open socket/, 'and left no socket open');

my @left = map { m{([^/]+)$} } glob $t->testdir() . '/*.secmeet/[rw].*';

is(scalar(grep { /^r/ } @left), 9, 'claims of the rooms, each one');
is(scalar(grep { /^w/ } @left), 2, 'and sockets of the new workers');

# with no worker left, it is the end

$_->{resume} = 0 for @members;
ok($t->stop('QUIT'), 'nginx stops');
is(($members[0]->message('end', timeout => 5) || {})->{reason}, 'stop',
	'and people are told');

###############################################################################

sub enter {
	my ($tag, %fields) = @_;

	my @members = map { Test::Secmeet::Member->new($t, $peer, resume => 1) }
		1 .. 4;

	for my $member (@members) {
		$member->join($tag, %fields)->publish('audio');
		$member->{first} = $member->you();
		delete $fields{host};
	}

	return @members;
}

sub heard {
	my ($member) = @_;

	$member->{heard}++
		while $member->{peer}->event($member->id(), 'rtp-first');

	return $member->settled() && ($member->{heard} || 0) >= 3;
}

###############################################################################
