#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A worker is killed in the middle of forty meetings.  Those of the other
# workers lose no packet, also where somebody's WebSocket was in the dead
# one; those that it held are back within three seconds, in other workers:
# with the same people, who are what they were, and the same password.

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

my $rooms = $ENV{SECMEET_CRASH_ROOMS} || 40;
my $rate = 50;
my $proof = 'p' x 43;

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->allow(qr/exited on signal 9/);
$t->plan(16)->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

worker_processes 4;

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
my @rooms = map { room($_) } 1 .. $rooms;
my @members = map { @{$_->{members}} } @rooms;

is(grep({ $_->connected(30) && $_->complete(3, 30) } @members), 4 * $rooms,
	'all are connected');

my $count = $rate * 10;

$_->start('audio', rate => $rate, size => 120, count => $count)
	for @members;
run_for(1);

# the room of a worker: whose claim names it

my %claims = claims();
my %owned;

$owned{$claims{$_}}++ for keys %claims;

is(keys %claims, $rooms, 'a claim of each room');
is(keys %owned, 4, 'each worker has some');

my ($victim) = $t->workers();
my ($dead) = grep { $t->holds($victim, "w.$_") } keys %owned;
my $killed = time();

ok($dead, "a worker with $owned{$dead} rooms");

kill 'KILL', $victim;

# whoever was hit has lost its peer

my $back = loop(sub {
	grep({ $_->{revived} } @members) == 4 * $owned{$dead}
		&& !grep { !back($_) } @members
}, 10);

my $took = time() - $killed;

my @hit = grep { $_->{revived} } @members;
my @moved = grep { $_->{resumed} && !$_->{revived} } @members;

diag(sprintf '%d rooms with %d people: all are back after %.2f s; %d more '
	. 'lost their WebSocket', $owned{$dead}, scalar @hit, $took,
	scalar @moved);

ok($back, 'all are back');
is(@hit, 4 * $owned{$dead}, 'all whose rooms were there, and no others');
cmp_ok($took, '<', 3, 'within three seconds') unless $ENV{SECMEET_PRELOAD};
ok(1) if $ENV{SECMEET_PRELOAD};
cmp_ok(@moved, '>', 0, 'others have lost no more than a WebSocket');

my @changed = grep { $_->{you} ne $_->{first}{you}
	|| $_->{host} != $_->{first}{host} } @members;

is(@changed, 0, 'everybody is who they were, hosts are hosts');

is(grep({ $_->wait('done', timeout => 30) } @members), @members,
	'all have sent');
run_for(1.2);

my $short = 0;

for my $member (grep { !$_->{revived} } @members) {
	my $stats = $member->stats(brief => 1);

	$short++ if grep({ $_->[8] == $count } @{$stats->{recv}}) != 3;
}

is($short, 0, 'nobody in the other rooms lost a packet');

my $whole = grep { 3 == grep { $_->[8] == $count }
	@{$_->stats(brief => 1)->{recv}} } @hit;

cmp_ok($whole, '>', 0, 'those who came back hear all that is sent now');

my %now = claims();

is(keys %now, $rooms, 'a claim of each room, as before');
is(grep({ $_ eq $dead } values %now), 0, 'none of the dead');

# the same doors as before

my ($room) = grep { $_->{proof} && $_->{members}[0]{revived} } @rooms;

is($t->ws($room->{tag})->join()->{type} . ' '
	. $t->ws($room->{tag})->join(proof => 'q' x 43)->{type} . ' '
	. $t->ws($room->{tag})->join(proof => $room->{proof})->{type},
	'denied denied joined', 'the password is what it was');
is($t->delete_room($room->{tag}, $room->{host})->{status}, 204,
	'and the host can end it');

###############################################################################

# every other one has a password; the first of the four is its host

sub room {
	my ($n) = @_;

	my ($tag, $host) = $t->create_room($n % 2 ? (proof => $proof) : ());
	my @members = map { Test::Secmeet::Member->new($t, $peer, resume => 1) }
		1 .. 4;

	for my $member (@members) {
		$member->join($tag, $n % 2 ? (proof => $proof) : (),
			$member == $members[0] ? (host => $host) : ());
		$member->{first} = { you => $member->you(),
			host => $member->{host} };
		$member->publish('audio');
	}

	return { tag => $tag, host => $host, members => \@members,
		$n % 2 ? (proof => $proof) : () };
}

# hears the three others

sub back {
	my ($member) = @_;

	return 1 if !$member->{revived} || $member->{back};
	return 0 if $member->{ended} || $member->{coming};

	$member->{heard}++
		while $member->{peer}->event($member->id(), 'rtp-first');

	return $member->{back} = $member->settled()
		&& ($member->{heard} || 0) >= 3;
}

# claim => its worker

sub claims {
	my @claims = glob $t->testdir() . '/*.secmeet/r.*';

	return map { $_ => (readlink($_) // '') =~ /^w\.(\w{8})\./ } @claims;
}

###############################################################################
