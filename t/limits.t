#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The limits of a room, a peer and a session, at each of them and one past.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Peer;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(19)->write_file_expand('nginx.conf', <<'EOC')->run();

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
            secmeet_peers 2;
            secmeet_tracks 2;
            secmeet_message_rate 20;
        }
    }
}

EOC

###############################################################################

# peers

my ($tag) = $t->create_room();
my @in = map { scalar $t->join($tag) } 1 .. 2;

is(@in, 2, 'two are in');

my $third = $t->ws($tag);

is($third->join()->{type}, 'denied', 'a third is denied');
is($third->close_code(5), 4004, 'and let go');

$in[1]->send('leave');
is($in[1]->close_code(5), 1000, 'one leaves');
is($t->ws($tag)->join()->{type}, 'joined', 'another may come');

# tracks

my $peer = Test::Secmeet::Peer->new();
my $ws = $in[0];

$peer->create(1, bind => '127.0.0.1');

my @lines = map { { kind => 'audio', mid => "$_" } } 0 .. 2;
my $two = $peer->offer(1, send => [ @lines[0, 1] ]);

$ws->send('offer', sdp => $two);

my $answer = $ws->wait('answer', timeout => 5);

is(keys %{$answer->{tracks}}, 2, 'two tracks');

$peer->answer(1, $answer->{sdp});

my $three = $peer->offer(1, send => [ $lines[2] ]);

$ws->send('offer', sdp => $three);

my $error = $ws->wait('error', timeout => 5);

is($error->{code}, 'limit', 'not three');
is($error->{of}, 'offer', 'the offer is refused');

$ws->send('offer', sdp => $two);
is(keys %{$ws->wait('answer', timeout => 5)->{tracks}}, 2,
	'nothing of it took effect');

# errors

my ($other) = $t->create_room();
my $bad = scalar $t->join($other);

for (1 .. 15) {
	$bad->send('nonsense');
	$bad->wait('error', timeout => 5) or die "no error\n";
	select undef, undef, undef, 0.06;
}

$bad->send('send', data => 'x');
is($bad->close_code(0.2), undef, 'fifteen errors');
$bad->send('nonsense');
is($bad->wait('error', timeout => 5)->{code}, 'type', 'the sixteenth');
is($bad->close_code(5), 1008, 'is one too many');

$bad = scalar $t->join(($t->create_room())[0]);

for (1 .. 20) {
	$bad->send('mute', track => '0' x 16, on => JSON::PP::true());
	$bad->wait('error', timeout => 5) or die "no error\n";
	select undef, undef, undef, 0.06;
}

is($bad->close_code(0.2), undef, 'a track that has left is no fault');

# messages: a burst of twenty, join included

my $fast = scalar $t->join(($t->create_room())[0]);

$fast->send('send', data => 'x') for 1 .. 19;
is($fast->close_code(0.3), undef, 'twenty messages at once');

$fast->send('send', data => 'x') for 1 .. 40;
is($fast->close_code(5), 1008, 'not forty more');

# a name

my ($name) = $t->create_room();
my $long = $t->ws($name);

is($long->join(name => 'n' x 1025)->{code}, 'field', 'a name of 1025');
is($long->join(name => 'n' x 1024)->{type}, 'joined', 'of 1024');

my $late = $t->ws($name);

$late->send('send', data => 'x');
is($late->wait('error', timeout => 5)->{code}, 'state', 'join comes first');
is($long->join()->{code}, 'state', 'and once');

###############################################################################
