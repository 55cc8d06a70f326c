#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Threat A2: the fingerprint is mandatory, a peer with another certificate is
# never secure and no media passes before the check; there is one handshake,
# and a second one changes nothing.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Attack;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(35)->write_file_expand('nginx.conf', <<'EOC')->run();

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

        location = /status {
            secmeet_status;
        }
    }
}

EOC

###############################################################################

my $peer = Test::Secmeet::Peer->new();
my ($tag) = $t->create_room();
my ($alice, $bob) = map { member($_) } qw/ alice bob /;

$_->join($tag)->publish('audio') for $alice, $bob;
ok($_->connected() && $_->complete(1), "$_->{name} is connected")
	for $alice, $bob;
$_->start('audio', rate => 50, size => 120) for $alice, $bob;

# a certificate that is not the announced one

my $before = counters($t);
my $mallory = member('mallory');

$mallory->dtls(fingerprint => 'wrong');
$mallory->join($tag)->publish('audio');

ok($mallory->wait('connected'), 'mallory: ICE works');
ok(loop(sub { $mallory->settled() && $mallory->received() == 2 }),
	'mallory asks for both tracks');
ok(loop(sub { $alice->settled() && $alice->received() == 2 }),
	'alice asks for the track of mallory');

# SRTP without keys, for the announced SSRC and others

my $ssrc = '01020304';

$mallory->raw(hex => "806f0001" . "00000000$ssrc" . '00' x 60, count => 500,
	rate => 1000);
$mallory->raw(hex => '80c80006' . $ssrc . '00' x 40, count => 500,
	rate => 1000);
run_for(3);

my $since = since($t, $before);

cmp_ok($since->{'drop-handshake'}, '>=', 1, 'the handshake has failed');
is($since->{'drop-early'}, 1000, 'SRTP before it is dropped');
ok(!$peer->event($mallory->id(), 'secure'), 'mallory is not secure');

my $counts = $mallory->stats()->{counts};

is($counts->{early} + $counts->{unknown_ssrc} + $counts->{bad_decrypt}, 0,
	'no media comes to mallory');
is(flow($mallory, $alice)->{packets}, undef, 'none of mallory to alice');
ok(whole($bob, $alice), 'alice hears bob');
ok(whole($alice, $bob), 'bob hears alice');

$mallory->leave();

# what a description must say: nothing else is a session

my $eve = member('eve');

$eve->join($tag)->publish('audio');
ok($eve->connected(), 'eve is connected');

my $sdp = $eve->{peer}->offer($eve->id());
my $hash = 'AB' . ':AB' x 31;

refused('sdp', 'without a fingerprint', sub { s/^a=fingerprint:.*\r\n//mg });
refused('fingerprint', 'with another', sub { s/sha-256 \S+/sha-256 $hash/g });
refused('fingerprint', 'with SHA-1', sub {
	s/sha-256 \S+/'sha-1 AB' . ':AB' x 19/ge
});
refused('fingerprint', 'with MD5', sub {
	s/sha-256 \S+/'md5 AB' . ':AB' x 15/ge
});
refused('fingerprint', 'with SHA-512', sub {
	s/sha-256 \S+/'sha-512 AB' . ':AB' x 63/ge
});
refused('fingerprint', 'cut short', sub { s/(sha-256 \S+):\S\S/$1/g });
refused('fingerprint', 'too long', sub { s/(sha-256 \S+)/$1:AB/g });
refused('fingerprint', 'that is none', sub { s/sha-256 \S+/sha-256 x/g });
refused('fingerprint', 'that is empty', sub { s/sha-256 \S+/sha-256/g });
refused('sdp', 'of the server role', sub { s/actpass/passive/g });
refused('sdp', 'without a role', sub { s/^a=setup:.*\r\n//mg });

$eve->start('audio', rate => 50, size => 120);
ok(loop(sub { (flow($eve, $alice)->{packets} // 0) > 10 }),
	'the session of eve is as it was');

# ClientHellos, a ChangeCipherSpec and an alert after the handshake

$before = counters($t);

$bob->raw(hex => $_, count => 200, rate => 1000)
	for $peer->hello()->{hex}, unpack('H*', client_hello(0, 1, 2)),
		unpack('H*', client_hello(0xc02b) . record(20, "\1")),
		unpack('H*', record(21, "\2\50")), unpack('H*', record(21, "\1\0"));
run_for(1);

ok(whole($bob, $alice), 'after six hundred hellos: alice hears bob');
ok(whole($alice, $bob), 'and bob alice');

# a second handshake by the same program with the same certificate

my $packets = flow($bob, $alice)->{packets};

$bob->dtls(again => 1);
run_for(2);

ok(!$peer->event($bob->id(), 'secure-again'), 'no second handshake');
ok(!$peer->event($bob->id(), 'closed'), 'nor an end of the first');
cmp_ok(flow($bob, $alice)->{packets}, '>', $packets + 50, 'bob goes on');
ok(whole($bob, $alice) && whole($alice, $bob), 'with the keys of the first');
is(since($t, $before)->{'drop-handshake'}, 0, 'none was begun');
is(since($t, $before)->{peers}, 0, 'nobody had to go');

# a new ICE generation keeps the association

$bob->restart_ice();
ok($bob->wait('connected'), 'bob restarted ICE');
$packets = flow($bob, $alice)->{packets};
run_for(0.5);
cmp_ok(flow($bob, $alice)->{packets}, '>', $packets + 10, 'bob is heard');

###############################################################################

sub member {
	my ($name, %opt) = @_;
	return Test::Secmeet::Member->new($t, $peer, name => $name, %opt);
}

sub refused {
	my ($code, $name, $change) = @_;

	local $_ = $sdp;

	$change->();
	die "nothing changed: $name\n" if $_ eq $sdp;

	$eve->{ws}->send('offer', sdp => $_);

	my $error = $eve->message('error');

	is($error && $error->{code}, $code, "an offer $name");

	return;
}

###############################################################################
