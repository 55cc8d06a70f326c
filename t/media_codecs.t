#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for codecs, payload types, and how a track's packets are told from
# others: by the offer's a=ssrc, or by the MID that they carry (RFC 9143).

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

$t->plan(32)->write_file_expand('nginx.conf', <<'EOC')->run();

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
my @codecs = qw/ VP8 VP9 H264 AV1 /;
my $rate = $ENV{SECMEET_VALGRIND} ? 16 : 100;

# extensions with an id above 14 need the two-byte form (RFC 8285, 4.3)

my %members = (
	usual => member('usual'),
	'without a=ssrc' => member('without a=ssrc', ssrc => 0),
	'without MID' => member('without MID', ext_mid => 0),
	'with large ids' => member('with large ids', ext_mid => 200,
		ext_level => 17),
);

for my $name (sort keys %members) {
	$members{$name}->join($tag)->publish({ kind => 'audio' },
		map { { kind => 'video', codec => $_ } }
			$name eq 'usual' ? @codecs : 'VP8');
}

ok($members{$_}->connected(), "$_: connected") for sort keys %members;
ok($members{$_}->complete($_ eq 'usual' ? 6 : 9), "$_: complete")
	for sort keys %members;

run_for(0.6);

for my $member (values %members) {
	$member->start('audio', rate => 50, size => 120);
	$member->start($_, rate => $rate, size => 900, frame => 4)
		for videos($member);
}

run_for(1.5);
$_->stop() for values %members;
run_for(0.3);

for my $i (0 .. $#codecs) {
	my $mid = (videos($members{usual}))[$i];

	for my $name (grep { $_ ne 'usual' } sort keys %members) {
		is(whole($members{usual}, $mid, $members{$name}), 'whole',
			"$codecs[$i] to a peer $name");
	}
}

for my $name (grep { $_ ne 'usual' } sort keys %members) {
	is(join(' ', map { whole($members{$name}, $_, $members{usual}) }
		'audio', videos($members{$name})), 'whole whole',
		"tracks of a peer $name");
}

# a codec that the other does not take is not sent to it

my ($from, $to) = @members{'usual', 'without a=ssrc'};

my $old = member('old', auto => 0);

$old->join($tag);
loop(sub { keys %{$old->{roster}} == 4 });
$old->{ws}->send('offer', sdp => $peer->offer($old->id(),
	recv => [ { kind => 'video', mid => '0', codec => 'VP8' } ]),
	receive => { 0 => $from->track((videos($from))[1]) });

my $answer = $old->ws()->wait('answer');

ok($answer, 'a peer that takes nothing but VP8');
$peer->answer($old->id(), $answer->{sdp}) if $answer;
ok($peer->wait($old->id(), 'secure'), 'is connected');

my ($vp8, $vp9) = (videos($from))[0, 1];

$from->start($vp9, rate => $rate, size => 900, frame => 4);
run_for(0.5);
is($peer->line($old->id(), '0')->{packets}, 0, 'gets no VP9');

$from->start($vp8, rate => $rate, size => 900, frame => 4);
$old->ws()->send('receive', mid => '0', track => $from->track($vp8));
ok(loop(sub { $peer->line($old->id(), '0')->{packets} > 20 }),
	'but VP8');

# AV1 with its layers: the dependency descriptor is answered where AV1 is what
# is sent, or may be received, and where extensions of two bytes may come

my $URI = 'https://aomediacodec.github.io/av1-rtp-spec/'
	. '#dependency-descriptor-rtp-header-extension';

is(descriptor('send', 'AV1', 1), 'both', 'AV1 that is sent');
is(descriptor('send', 'AV1', 0), 'none', 'without mixed forms');
is(descriptor('send', 'VP8', 1), 'none', 'VP8 has no use for it');
is(descriptor('recv', 'AV1', 1), 'both', 'AV1 that is received');
is(descriptor('recv', 'VP9', 1), 'none', 'VP9 that is received');

###############################################################################

sub descriptor {
	my ($way, $codec, $mixed) = @_;

	my $one = member("$way $codec $mixed", auto => 0)->join($tag);
	my $sdp = $peer->offer($one->id(),
		$way => [ { kind => 'video', mid => '0', codec => $codec } ]);

	$sdp =~ s/^(a=mid:0\r\n)/$1a=extmap:12 $URI\r\n/m;
	$sdp =~ s/^(t=0 0\r\n)/$1a=extmap-allow-mixed\r\n/m if $mixed;

	$one->{ws}->send('offer', sdp => $sdp);

	my $answer = ($one->{ws}->wait('answer') || {})->{sdp} // '';
	my $there = $answer =~ /^a=extmap:12 \Q$URI\E\r$/m;

	return 'no answer' unless $answer;
	return $there ? 'alone' : 'none'
		if $answer !~ /\r\na=extmap-allow-mixed\r\n.*^m=/ms;
	return $there ? 'both' : 'mixed forms';
}

sub member {
	my ($name, %opt) = @_;
	return Test::Secmeet::Member->new($t, $peer, name => $name, %opt);
}

sub videos {
	my ($member) = @_;

	my $lines = $member->{lines};

	return map { "$_" } sort { $a <=> $b }
		grep { $lines->{$_}{send} && $lines->{$_}{kind} eq 'video' }
		keys %$lines;
}

sub whole {
	my ($from, $name, $to) = @_;

	my $sent = $from->sent($name);
	my $line = $to->heard()->{$from->marked($name)} or return 'nothing';
	my $flow = $line->{flow};

	my @wrong = grep { $line->{$_} } qw/ missing duplicates bad bad_mark
		bad_mid bad_level bad_pt /;

	push @wrong, grep { $flow->{$_} } qw/ first missing seq_breaks
		timestamp_breaks /;
	push @wrong, 'packets' if $flow->{packets} != $sent->{counter};
	push @wrong, 'key' unless $flow->{key_first};

	return @wrong ? "@wrong" : 'whole';
}

###############################################################################
