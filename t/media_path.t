#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for paths: a peer whose address changes, an ICE restart, IPv6, and a
# peer that is heard no more (RFC 7675).

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

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(39)->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

events {
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        listen [::1]:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet;
            secmeet_consent_timeout 4s;
            secmeet_resume_timeout 1s;
        }
    }
}

EOC

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my ($tag) = $t->create_room();
my $port = $t->port(3478);

my $alice = member('alice');
my $bob = member('bob');
my $dave = member('dave', bind => '::1');

for my $member ($alice, $bob, $dave) {
	$member->join($tag)->publish('audio');
	ok($member->connected(), "$member->{name} is connected");
}

ok($_->complete(2), "$_->{name} is complete") for $alice, $bob, $dave;

is($alice->stats()->{ice}{remote}, "127.0.0.1:$port", 'over IPv4');
is($dave->stats()->{ice}{remote}, "[::1]:$port", 'over IPv6');

$_->start('audio', rate => 50, size => 120) for $alice, $bob, $dave;

run_for(0.5);
ok(flows($_->[0], $_->[1]), "$_->[1]{name} hears $_->[0]{name}")
	for [$alice, $dave], [$dave, $alice], [$bob, $alice];

# a NAT gives bob another port, then another address

for my $address ('127.0.0.1', '127.0.0.2') {
	my $before = $bob->stats()->{ice}{local};

	$bob->migrate(bind => $address);
	run_for(0.3);

	isnt($bob->stats()->{ice}{local}, $before, "bob is now at $address");
	ok(flows($bob, $alice), 'alice hears bob');
	ok(flows($alice, $bob), 'bob hears alice');
	cmp_ok(losses($alice, $bob), '<=', 5, 'what the change cost');
}

# without a check the server must not follow him

$bob->migrate(bind => '127.0.0.1', check => 0);
run_for(0.2);

my $packets = $alice->heard()->{$bob->marked('audio')}{packets};

run_for(0.5);
cmp_ok($alice->heard()->{$bob->marked('audio')}{packets} - $packets, '<=', 2,
	'packets from an address without a check go nowhere');

ok(loop(sub { flows($bob, $alice) }, 5), 'until the next check');

# an ICE restart

my $lost = losses($alice, $dave);

$_->forget() for $alice, $bob, $dave;
$alice->restart_ice();

my $connected = $alice->wait('connected');

is($connected && $connected->{generation}, 2, 'alice restarted ICE');
ok(!$peer->event($alice->id(), 'secure'), 'DTLS went on');
run_for(0.5);
ok(flows($alice, $dave), 'dave hears alice');
ok(flows($dave, $alice), 'alice hears dave');
is(losses($alice, $dave), $lost, 'without a loss on the way from her');
is(losses($dave, $alice), 0, 'without a loss on the way to her');

# a restart and another address at once

$bob->restart_ice();
$bob->migrate(bind => '127.0.0.3', check => 0);
ok($bob->wait('connected'), 'bob restarted ICE from elsewhere');
run_for(0.3);
ok(flows($bob, $alice), 'alice hears bob');
ok(flows($alice, $bob), 'bob hears alice');

# bob's cable is cut

my $start = time();

$bob->mute_ice(on => 1);
ok($alice->message('left', peer => $bob->you(), timeout => 8),
	'bob is gone');

my $seconds = time() - $start;

# his last check may have been up to three seconds before

cmp_ok($seconds, '>', 0.9, 'after secmeet_consent_timeout');
cmp_ok($seconds, '<', Test::Secmeet::timeout(5), 'and not much later');
ok(loop(sub { $bob->{ended} }), 'his WebSocket is closed');
is($bob->ws()->close_code(), 4002, 'with 4002');

# dave's program dies: his connection tells it at once, though he might come
# back until secmeet_resume_timeout

$start = time();
$dave->crash();

ok($alice->message('away', peer => $dave->you()), 'dave is away');
cmp_ok(time() - $start, '<', Test::Secmeet::timeout(1), 'at once');
ok($alice->message('left', peer => $dave->you()), 'and gone');
cmp_ok(time() - $start, '>', 0.9, 'after secmeet_resume_timeout');

###############################################################################

sub member {
	my ($name, %opt) = @_;
	return Test::Secmeet::Member->new($t, $peer, name => $name, %opt);
}

# whether more packets come

sub flows {
	my ($from, $to) = @_;

	my $mark = $from->marked('audio');
	my $packets = $to->heard()->{$mark}{packets} // 0;

	return loop(sub {
		($to->heard()->{$mark}{packets} // 0) > $packets + 5
	}, 1.5);
}

sub losses {
	my ($from, $to) = @_;
	return $to->heard()->{$from->marked('audio')}{flow}{missing};
}

###############################################################################
