#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for losses: the server asks publishers for what is missing, and sends
# subscribers again what they ask for (RFC 4585).

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

$t->plan(25)->write_file_expand('nginx.conf', <<'EOC')->run();

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
	Test::Secmeet::Member->new($t, $peer, name => $_)
} qw/ alice bob carol /;

$_->join($tag)->publish('audio', 'video') for $alice, $bob, $carol;

ok($_->connected() && $_->complete(4), "$_->{name} is connected")
	for $alice, $bob, $carol;

# on the way to the server: each 40th packet is kept back by alice

$alice->drop_out('audio', every => 40);
$alice->drop_out('video', every => 40);
$alice->start('audio', rate => 50, size => 120, count => 150);
$alice->start('video', rate => 200, size => 1000, frame => 4, count => 630);
done($alice);

my $audio = $alice->sent('audio');
my $video = $alice->sent('video');

is($audio->{dropped}, 3, 'audio packets kept back');
is($video->{dropped}, 15, 'video packets kept back');
is($audio->{retransmitted}, $audio->{dropped},
	'the server asked for each of them once: audio');
is($video->{retransmitted}, $video->{dropped},
	'the server asked for each of them once: video');
is($audio->{nack_misses} + $video->{nack_misses}, 0, 'and for no other');

whole($alice, $bob, $_), whole($alice, $carol, $_) for 'audio', 'video';

# on the way to bob: each 30th packet is lost; carol loses nothing

# who asks begins with a packet that has come: the first could be one of those

$bob->nack(on => 1);
$alice->drop_out($_, every => 0) for 'audio', 'video';
$alice->start('audio', rate => 50, size => 120, count => 5);
$alice->start('video', rate => 200, size => 1000, frame => 4, count => 4);
done($alice);
$_->forget() for $alice, $bob, $carol;

my %mid = map { $_ => $bob->mid_of($alice->track($_)) } 'audio', 'video';

$bob->drop_in($mid{$_}, every => 30) for 'audio', 'video';
$alice->start('audio', rate => 50, size => 120, count => 150);
$alice->start('video', rate => 200, size => 1000, frame => 4, count => 600);
done($alice);

# the last of them may be lost as well, which only a later one can show

$bob->drop_in($mid{$_}, every => 0) for 'audio', 'video';
$alice->start('audio', rate => 50, size => 120, count => 5);
$alice->start('video', rate => 200, size => 1000, frame => 4, count => 4);
done($alice);

for my $kind ('audio', 'video') {
	my $line = $bob->line($mid{$kind});

	cmp_ok($line->{dropped}, '>', $kind eq 'audio' ? 3 : 15,
		"bob lost $kind packets");
	is($line->{recovered}, $line->{dropped}, "and got each again: $kind");
	is($line->{duplicates}, 0, "once: $kind");

	whole($alice, $bob, $kind);
	whole($alice, $carol, $kind);
}

# a lossy network, both ways, for STUN, DTLS and RTCP as well

my $dave = Test::Secmeet::Member->new($t, $peer, name => 'dave');

$dave->impair(loss_in => 10, loss_out => 10, seed => 7);
$dave->join($tag)->publish('audio', 'video');
ok($dave->connected(20) && $dave->complete(6), 'dave is connected');

$dave->nack(on => 1);
$carol->forget();
$dave->start('video', rate => 200, size => 1000, frame => 4, count => 800);
$alice->start('video', rate => 200, size => 1000, frame => 4, count => 800);
done($dave, 'video');
run_for(1);

my $up = $carol->heard()->{$dave->marked('video')};
my $down = $dave->heard()->{$alice->marked('video')};

cmp_ok($up->{flow}{packets}, '>', 0.99 * 800,
	'a tenth is lost, more than 99% arrives: from dave');
cmp_ok($down->{flow}{packets}, '>',
	0.99 * ($down->{flow}{highest} - $down->{flow}{first} + 1),
	'a tenth is lost, more than 99% arrives: to dave');

###############################################################################

sub done {
	my ($member, @kinds) = @_;

	$member->wait('done', mid => $member->sending($_), timeout => 8)
		for @kinds ? @kinds : ('audio', 'video');

	run_for(0.5);

	return;
}

sub whole {
	my ($from, $to, $kind) = @_;

	my $sent = $from->sent($kind);
	my $line = $to->heard()->{$from->marked($kind)};

	is_deeply(
		[ @{$line->{flow}}{qw/ packets missing seq_breaks / } ],
		[ $sent->{counter}, 0, 0 ],
		"$to->{name} has all $kind packets of $from->{name}");

	return;
}

###############################################################################
