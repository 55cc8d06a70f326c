#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for layers: each receiver gets of a picture what it shows and what its
# path carries (RFC 8853), and its publisher is told what is wanted.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Link;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;
use Time::HiRes qw/ time /;

###############################################################################

# kbit/s of each layer: about 90, 250, 680; 15 frames a second

my @rids = qw/ q h f /;
my %layers = (
	q => { rate => 15, frame => 1, size => 700, width => 320, height => 180 },
	h => { rate => 30, frame => 2, size => 1000, width => 640, height => 360 },
	f => { rate => 75, frame => 5, size => 1100, width => 1280, height => 720 },
);

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();
$t->skip_all('no build/link/relay') unless Test::Secmeet::Link::available();

$t->plan(42)->write_file_expand('nginx.conf', <<'EOC')->run();

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
my $link = Test::Secmeet::Link->relay($t->port(3478));
my ($tag) = $t->create_room();

my %new = (rtx => 1, ext_twcc => 8, ext_rid => 10, ext_rrid => 11);

$link->conf('both', delay => 10, rate => 0, queue => 60000, seed => 1);

my $alice = Test::Secmeet::Member->new($t, $peer, name => 'alice', %new);
my $bob = Test::Secmeet::Member->new($t, $peer, name => 'bob', %new,
	link => $link);
my $carol = Test::Secmeet::Member->new($t, $peer, name => 'carol', %new);
my $dave = Test::Secmeet::Member->new($t, $peer, name => 'dave');

$_->join($tag) for $alice, $bob, $carol, $dave;

$alice->publish('audio', { kind => 'video', rids => \@rids, rtx => 1 });

ok($_->connected(20), "$_->{name} is connected") for $alice;
ok($_->complete(2, 20) && $_->connected(20), "$_->{name} is connected")
	for $bob, $carol, $dave;

my %video = map { $_->{name} => $_->mid_of($alice->track('video')) }
	$bob, $carol, $dave;

$_->nack(on => 1) for $alice, $bob, $carol, $dave;

$alice->start('audio', rate => 50, size => 120);
$alice->start('video', rate => 15, size => 700, temporal => 3,
	layers => \%layers);

# all there is, where there is room

shown($_, 720, 10) for $bob, $carol, $dave;

my $answer = $alice->{peer}->stats($alice->{id});

is(scalar(grep { $_->{rid} } @{$answer->{send}}), 3, 'three layers are sent');

# what is shown is what is asked for

my $wanted = 0;

wanted($alice, 8640, 'there is no limit');

for my $height (180, 360, 0) {
	$_->receive($video{$_->{name}}, height => $height)
		for $bob, $carol, $dave;
	shown($_, $height || 720, 10) for $bob, $carol, $dave;
	wanted($alice, $height || 8640, 'the publisher hears of '
		. ($height || 'no limit'));
}

# nobody looks

$_->receive($video{$_->{name}}, pause => 1) for $bob, $carol, $dave;
wanted($alice, 0, 'nobody wants it');

$_->receive($video{$_->{name}}, pause => 0) for $bob, $carol, $dave;
wanted($alice, 8640, 'all want it again');
shown($_, 720, 10) for $bob, $carol;

# a layer ends at its source, and goes on

$alice->layer('video', rid => 'f', on => 0);
shown($carol, 360, 10);
$alice->layer('video', rid => 'f', on => 1);
shown($carol, 720, 10);

# one who cannot decode is no reason for the others to wait

my $before = keys_of($alice);
my $begun = time();

for (1 .. 33) {
	$carol->pli($video{carol});
	run_for(0.03);
}

my $keys = keys_of($alice) - $before;

cmp_ok($keys, '>', 0, 'a key frame comes when it is asked for');
cmp_ok($keys, '<', 5 + 2 * (time() - $begun),
	'33 requests are a key frame each half second');

# a slow path: a lower layer, and the voice whole

$bob->forget();
my $from = time();
$link->conf('down', rate => 500000, queue => 60000);
shown($bob, 360, 10);
diag(sprintf '# 500 kbit/s: the lower layer after %.1f s', time() - $from);

# for three seconds on end, at the latest after some more

my $since = time();

ok(loop(sub {
	$since = time() if (shows($bob) // 0) > 360;
	time() - $since >= 3;
}, 20), 'and it stays so');
is(shows($carol), 720, 'nobody else is affected');

my $quality = last_of($bob, 'quality');

cmp_ok($quality->{rate}, '<=', 600000, 'the server knows the rate');
cmp_ok($quality->{videos}{$video{bob}}, '<', 3, 'and tells what is missing');

my $voice = $bob->heard()->{$alice->marked('audio')}{flow};

is($voice->{missing}, 0, 'the voice is whole');

# hardly any: the picture is paused, the voice goes on

$link->conf('down', rate => 90000, queue => 30000);
ok(loop(sub {
	my $last = last_of($bob, 'quality');
	$last && ($last->{videos}{$video{bob}} // 9) == 0;
}, 20), 'at 90 kbit/s the picture is paused, and the client hears it');

$bob->forget();
run_for(3);
$voice = $bob->heard()->{$alice->marked('audio')}{flow};
cmp_ok($voice->{packets}, '>', 130, 'the voice goes on');
cmp_ok($voice->{missing}, '<', 0.05 * $voice->{packets}, 'and is whole');
diag("# 90 kbit/s: $voice->{missing} of $voice->{packets} voice packets lost");

# room again

$from = time();
$link->conf('down', rate => 0);
shown($bob, 720, 40);
diag(sprintf '# all: the highest layer after %.1f s', time() - $from);

# whatever was switched: numbers, clocks and pictures went on

for my $member ($bob, $carol, $dave) {
	my $line = $member->line($video{$member->{name}});
	my %breaks = map { $_ => $line->{pictures}{$_} }
		grep { /_breaks$/ } keys %{$line->{pictures}};

	# a frame may end early where another layer begins; what a full queue has
	# dropped breaks bob's

	delete $breaks{frame_breaks} if $breaks{frame_breaks}
		<= $line->{pictures}{layer_switches};
	delete @breaks{qw/ id_breaks tl0_breaks frame_breaks tid_breaks /}
		if $member == $bob;

	is_deeply([ map { "$_ $breaks{$_}" } grep { $breaks{$_} }
		sort keys %breaks ], [], "nothing is broken for $member->{name}");
}

###############################################################################

sub shows {
	my ($member) = @_;
	return $member->line($video{$member->{name}})->{pictures}{height};
}

sub shown {
	my ($member, $height, $seconds) = @_;

	my $ok = loop(sub { (shows($member) // 0) == $height }, $seconds);

	ok($ok, "$member->{name} sees $height lines")
		or diag("shows " . (shows($member) // 'nothing'));

	return;
}

sub last_of {
	my ($member, $type) = @_;

	my @all = grep { $_->{type} eq $type } @{$member->{messages}};

	return $all[-1];
}

sub wanted {
	my ($member, $height, $name) = @_;

	my $ok = loop(sub {
		my $last = last_of($member, 'wanted');
		$last && $last->{height} == $height;
	}, 5);

	return ok($ok, $name);
}

sub keys_of {
	my ($member) = @_;

	my $keys = 0;

	$keys += $_->{keys} for @{$member->stats()->{send}};

	return $keys;
}

###############################################################################
