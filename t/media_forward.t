#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for forwarding: each packet of each track comes to each subscriber
# once, in order, under continuous numbers, with the right extensions.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ run_for /;
use Test::Secmeet::Peer;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(53)->write_file_expand('nginx.conf', <<'EOC')->run();

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

my $alice = member('alice');
my $bob = member('bob');

$alice->join($tag)->publish('audio', 'video');
ok($alice->connected(), 'alice is connected');

$bob->join($tag)->publish('audio', 'video');
ok($bob->connected(), 'bob is connected');

like($alice->{secure}{profile}, qr/^AEAD_AES_128_GCM$/, 'profile');

ok($_->complete(2), "$_->{name} receives both tracks") for $alice, $bob;

for my $member ($alice, $bob) {
	$member->start('audio', rate => 50, size => 120);
	$member->start('video', rate => 150, size => 1100, frame => 5);
}

# a newcomer in the middle

my $carol = member('carol', auto => 0);

$carol->join($tag)->publish('audio', 'video');
ok($carol->connected(), 'carol is connected');

# a publisher is asked twice a second at most: let the last time pass

run_for(0.6);

$_->forget() for $alice, $bob;
$carol->subscribe();

ok($carol->complete(4), 'carol receives four tracks');
ok($_->complete(4), "$_->{name} receives carol's tracks") for $alice, $bob;

for my $member ($alice, $bob) {
	my $pli = $member->wait('pli', mid => $member->sending('video'));

	ok($pli, "$member->{name} is asked for a key frame");
	cmp_ok(($pli ? $pli->{time} : 1e18) - $carol->{offered_at}, '<',
		1e6 * Test::Secmeet::timeout(0.1),
		"$member->{name}: within 100 ms of the subscription");
}

$carol->start('audio', rate => 50, size => 120);
$carol->start('video', rate => 150, size => 1100, frame => 5);

run_for(2.5);
$_->stop() for $alice, $bob, $carol;
run_for(0.5);

# each packet is accounted for

for my $from ($alice, $bob, $carol) {
	for my $to ($alice, $bob, $carol) {
		next if $from == $to;
		received($from, $to, $_, $from != $carol && $to == $carol)
			for 'audio', 'video';
	}
}

my $heard = $carol->heard();

ok($heard->{$_->marked('video')}{flow}{key_first},
	"what carol sees of $_->{name} begins with a key frame") for $alice, $bob;

# RTCP

my @lines = map { @{$_->stats()->{recv}} } $alice, $bob, $carol;
my @sources = map { @{$_->stats()->{send}} } $alice, $bob, $carol;

is(grep({ $_->{senders} } @lines), 12, 'sender reports for each line');
is(grep({ $_->{skew} > 1e6 * Test::Secmeet::timeout(0.5) } @lines), 0,
	'their timestamps are those of the packets');
is(grep({ $_->{reports} } @sources), 6, 'receiver reports for each source');
is(grep({ $_->{fraction_lost} || $_->{lost} } @sources), 0, 'without a loss');
is(grep({ $_->{rtt} > 0 && $_->{rtt} < 1000000 } @sources), 6,
	'with a round trip');

# nothing that should not be there

my %counts;

for my $member ($alice, $bob, $carol) {
	my $counts = $member->stats()->{counts};

	$counts{$_} += $counts->{$_} for keys %$counts;
}

is($counts{$_}, 0, "$_: none") for qw/ unknown foreign bad_decrypt bad_rtcp
	bad_stun unknown_ssrc requests feedback_unknown replays /;

$_->leave() for $alice, $bob, $carol;

###############################################################################

sub member {
	my ($name, %opt) = @_;
	return Test::Secmeet::Member->new($t, $peer, name => $name, %opt);
}

# newcomer: what was sent before is not missing

sub received {
	my ($from, $to, $kind, $newcomer) = @_;

	my $sent = $from->sent($kind);
	my $line = $to->heard()->{$from->marked($kind)};
	my $flow = $line ? $line->{flow} : {};
	my $what = "$to->{name} from $from->{name}, $kind";

	my $first = $newcomer ? $flow->{first} // -1 : 0;

	is_deeply(
		[ @$flow{qw/ first packets missing highest /} ],
		[ $first, $sent->{counter} - $first, 0, $sent->{counter} - 1 ],
		"$what: all packets");

	is_deeply(
		{ map { $_ => $line->{$_} // $flow->{$_} } qw/ missing
			duplicates reordered bad bad_mark bad_mid bad_level
			bad_pt seq_breaks timestamp_breaks mids levels / },
		{ (map { $_ => 0 } qw/ missing duplicates reordered bad
			bad_mark bad_mid bad_level bad_pt seq_breaks
			timestamp_breaks /),
			mids => $line->{packets},
			levels => $kind eq 'audio' ? $line->{packets} : 0 },
		"$what: nothing wrong");

	return;
}

###############################################################################
