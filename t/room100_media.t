#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A room of a hundred with a hundred voices and 25 cameras in layers: each
# receives the voices that count and the pictures of those who spoke last, so
# many packets as in a room of ten.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member ();
use Test::Secmeet::Peer;
use Test::Secmeet::Voices qw/ talk loop run_for /;

use Time::HiRes qw/ time /;

###############################################################################

my $n = 100;
my $cameras = 25;
my $talkers = 5;
my ($voices, $pictures) = (10, 9);		# lines of each
my $slow = $ENV{SECMEET_PRELOAD} ? 4 : 1;
my $seconds = 8;

my %audio = (rate => 12 / $slow, size => 80);
my %layers = (
	q => { rate => 6, frame => 1, size => 300, width => 320, height => 180 },
	h => { rate => 12, frame => 2, size => 600, width => 640, height => 360 },
	f => { rate => 24, frame => 4, size => 900, width => 1280, height => 720 },
);

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(11)->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

worker_processes 2;

events {
    worker_connections 2048;
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

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my ($tag) = $t->create_room();
my @members = map {
	Test::Secmeet::Member->new($t, $peer, auto => 0, ext_rid => 10,
		ext_rrid => 11)
} 1 .. $n;
my @cameras = @members[0 .. $cameras - 1];
my @talkers = @members[3 .. 2 + $talkers];

for my $member (@members) {
	$member->publish('audio');
	$member->publish({ kind => 'video', rids => [qw/ q h f /] })
		if grep { $_ == $member } @cameras;
	$member->speakers('audio', $voices)->speakers('video', $pictures);
	$member->join($tag);
}

is(scalar(grep { $_->connected(90) } @members), $n, 'all are connected');

$peer->batch(usec => 2000);

my %audio_id = map { $_->track('audio') => $_ } @members;

for my $i (0 .. $#members) {
	my $member = $members[$i];

	$member->level('audio', level => 70 + $i % 8, voice => 0);
	$member->start('audio', %audio);

	for my $mid (grep { !$member->{lines}{$_}{send}
		&& $member->{lines}{$_}{kind} eq 'video' }
		keys %{$member->{lines}})
	{
		$member->receive($mid, height => 180);
	}
}

$_->start('video', rate => 6, size => 300, temporal => 3,
	keyframe_every => 60, layers => \%layers) for @cameras;

talk($_, 'audio', 0.6, 0.2) for @talkers;

ok(loop(sub { !grep { tracks($_, 'audio') < $voices } @members }, 30),
	'each line of voices carries somebody');
ok(loop(sub { !grep { tracks($_, 'video') < $pictures } @members }, 30),
	'and each of pictures');

my $start = time();

ok(loop(sub { !grep { hears($_) < talkers_for($_) } @members }, 30),
	'all hear all who talk');
diag(sprintf '# all lines are right after %.1f s', time() - $start);
ok(loop(sub { !grep { sees($_) < talkers_for($_) } @members }, 30),
	'and see them');

run_for(3);

# for a while

my ($owner) = sort { Test::Secmeet::Member::cpu($b)
	<=> Test::Secmeet::Member::cpu($a) } $t->workers();
my %before = map { $_->id() => [ packets($_), time() ] } @members;
my @sent = (sent(), time());
my @low = (low(), time());
my $cpu = Test::Secmeet::Member::cpu($owner);

$start = time();
run_for($seconds);

my $took = time() - $start;
$cpu = Test::Secmeet::Member::cpu($owner) - $cpu;

# to ask so many takes its time

my $sent = (sent() - $sent[0]) / (time() - $sent[1]);
my $low = (low() - $low[0]) / (time() - $low[1]) / $cameras;
my @rates = sort { $a <=> $b } map {
	my ($packets, $when) = @{$before{$_->id()}};
	(packets($_) - $packets) / (time() - $when)
} @members;
my $total = 0;

$total += $_ for @rates;

# what nine others are in a room of ten

my $ten = 9 * ($audio{rate} + $low);

diag(sprintf '# in %.0f/s, out %.0f/s: each receives %.0f/s, %.0f to %.0f '
	. '(a room of ten: %d/s); %.2f us of CPU for each packet out, %.0f %% '
	. 'of a core', $sent, $total, $rates[$n / 2], $rates[0],
	$rates[-1], $ten, $cpu / $took / $total, $cpu / $took / 1e4);

cmp_ok($rates[-1], '<', 1.3 * $ten, 'nobody receives much more than of ten');
cmp_ok($rates[0], '>', 0.7 * $ten, 'nor much less');
is(scalar(grep { hears($_) < talkers_for($_) } @members), 0,
	'all who talk are heard all the time');

# what is shown is small, and whole

my ($heights, $breaks, $missing, $all) = ({}, 0, 0, 0);

for my $member (@members[0, 10, 30, 60, 99]) {
	for my $line (@{$member->stats()->{recv}}) {
		$breaks += $line->{switch_breaks} // 0;
		$heights->{$line->{pictures}{height}}++
			if $line->{pictures} && $line->{pictures}{height};

		for my $flow (@{$line->{flows}}) {
			$all += $flow->{packets};
		}

		$missing += $line->{missing} // 0;
	}
}

is_deeply([ keys %$heights ], [ 180 ], 'pictures are as high as they are shown')
	or diag(explain($heights));
is($breaks, 0, 'sequence numbers and timestamps go on');
cmp_ok($missing, '<=', 0.001 * $all, 'hardly anything is lost');

###############################################################################

sub sent {
	my $sent = 0;

	for my $member (@members) {
		$sent += $_->{sent} for @{$member->stats()->{send}};
	}

	return $sent;
}

# of the lowest layers

sub low {
	my $sent = 0;

	for my $member (@cameras) {
		$sent += $_->{sent} for grep { ($_->{rid} // '') eq 'q' }
			@{$member->stats()->{send}};
	}

	return $sent;
}

sub packets {
	my ($member) = @_;

	my $packets = 0;

	$packets += $_->[1] for @{$member->stats(brief => 1)->{recv}};

	return $packets;
}

sub tracks {
	my ($member, $kind) = @_;

	my $lines = $member->{lines};

	return grep { $_ && $_ ne 'speakers' } map { $lines->{$_}{track} }
		grep { !$lines->{$_}{send} && $lines->{$_}{kind} eq $kind }
		keys %$lines;
}

sub talkers_for {
	my ($member) = @_;
	return scalar(grep { $_ != $member } @talkers);
}

sub hears {
	my ($member) = @_;

	my %have = map { $_ => 1 } tracks($member, 'audio');

	return scalar(grep { $_ != $member && $have{$_->track('audio')} }
		@talkers);
}

sub sees {
	my ($member) = @_;

	my %have = map { $_ => 1 } tracks($member, 'video');

	return scalar(grep { $_ != $member && $have{$_->track('video')} }
		@talkers);
}

###############################################################################
