#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for what a subscriber sees on one m-line over time: another track, a
# pause, a muted track, all on one SSRC with numbers that go on.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

use JSON::PP ();

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(33)->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

events {
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
my ($alice, $bob, $carol) = map {
	Test::Secmeet::Member->new($t, $peer, name => $_, auto => 0)
} qw/ alice bob carol /;

$_->join($tag)->publish('audio', 'video') for $alice, $bob;
$carol->join($tag)->publish('audio');

ok($_->connected(), "$_->{name} is connected") for $alice, $bob, $carol;

for my $member ($alice, $bob) {
	$member->start('audio', rate => 50, size => 120);
	$member->start('video', rate => 100, size => 1000, frame => 4);
}

# one video m-line, and one for audio

my ($audio, $video) = map {
	my $kind = $_;
	$carol->want({ track => $alice->track($kind), kind => $kind });
	ok(loop(sub { $carol->mid_of($alice->track($kind)) }), "carol wants $kind");
	$carol->mid_of($alice->track($kind));
} 'audio', 'video';

ok(begins($alice, 'video'), "alice's video begins with a key frame");

my $ssrc = $carol->line($video)->{ssrc};

# another track, and back

for my $from ($bob, $alice, $bob) {
	$carol->forget();
	$carol->receive($video, track => $from->track('video'));
	$carol->receive($audio, track => $from->track('audio'));
	run_for(0.7);

	my ($line) = grep { $_->{mid} eq $video } @{$carol->stats()->{recv}};

	ok(grows($from, 'video'), "carol now sees $from->{name}");
	ok(grows($from, 'audio'), "carol now hears $from->{name}");
	is($line->{switch_breaks}, 0, 'numbers go on');
	is($line->{missing}, 0, 'without a gap');
}

is($carol->line($video)->{switches}, 3, 'three switches');
is($carol->line($video)->{ssrc}, $ssrc, 'one SSRC');
is($carol->line($_)->{bad_mid} + $carol->line($_)->{bad_level}
	+ $carol->line($_)->{bad_pt} + $carol->line($_)->{bad_mark}, 0,
	"m-line $_: nothing wrong") for $audio, $video;

# a pause

$carol->receive($video, pause => 1);
run_for(0.3);
ok(!grows($bob, 'video'), 'a paused m-line carries nothing');

my $keys = $bob->sent('video')->{keys};

$carol->receive($video, pause => 0);
ok(grows($bob, 'video'), 'it goes on');
cmp_ok($bob->sent('video')->{keys}, '>', $keys, 'with a key frame');
is($carol->line($video)->{missing}, 0, 'without a gap');

# muted by its owner

$bob->ws()->send('mute', track => $bob->track('audio'),
	on => JSON::PP::true());
ok($carol->message('tracks', peer => $bob->you()), 'carol is told');
run_for(0.3);
ok(!grows($bob, 'audio'), 'a muted track is not forwarded');

$bob->ws()->send('mute', track => $bob->track('audio'),
	on => JSON::PP::false());
ok(grows($bob, 'audio'), 'until it is not muted any more');

# nothing, and what is gone

$carol->receive($audio, track => undef);
run_for(0.3);
ok(!grows($bob, 'audio'), 'an m-line without a track carries nothing');

$bob->leave();
ok($carol->message('left', peer => $bob->{you}), 'bob left');
run_for(0.2);

my $packets = $carol->line($video)->{packets};

run_for(0.3);
is($carol->line($video)->{packets}, $packets, 'and his video with him');

$carol->receive($video, track => $alice->track('video'));
ok(grows($alice, 'video'), 'the m-line can carry another track');

###############################################################################

sub begins {
	my ($from, $kind) = @_;

	my $event = $carol->wait('rtp-first', tag => $from->marked($kind));

	return $event && $event->{key};
}

sub grows {
	my ($from, $kind) = @_;

	my $mark = $from->marked($kind);
	my $packets = flow($mark);

	return loop(sub { flow($mark) > $packets + 5 }, 1);
}

sub flow {
	my ($mark) = @_;

	my $heard = $carol->heard()->{$mark};

	return $heard ? $heard->{flow}{packets} : 0;
}

###############################################################################
