#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for the simulated network of other tests: what its relay is told to
# lose or to hold up is lost or late, for a peer behind it and nobody else.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw/ time /;

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Link;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

###############################################################################

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();
$t->skip_all('no build/link/relay') unless Test::Secmeet::Link::available();

$t->plan(27)->write_file_expand('nginx.conf', <<'EOC')->run();

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

# datagrams between two sockets

my $server = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1')
	or die "socket: $!\n";
my $link = Test::Secmeet::Link->relay($server->sockport());
my ($one, $two) = map { IO::Socket::INET->new(Proto => 'udp',
	PeerAddr => '127.0.0.1:' . $link->port()) } 1, 2;

my ($first) = up($one, 'a');
my ($second) = up($two, 'b');

isnt($first, $second, 'each client has its own port');
is((up($one, 'c'))[0], $first, 'and keeps it');

$server->send('to one', 0, $first);
is(heard($one), 'to one', 'an answer finds its client');
$server->send('to two', 0, $second);
is(heard($two), 'to two', 'and the other');

$link->rebind();
isnt((up($one, 'd'))[0], $first, 'the ports change when it is told so');

$link->conf('up', delay => 150);
cmp_ok((up($one, 'e'))[1], '>=', 0.15, 'a delay up');
$link->conf('up', delay => 0);

# 1028 bytes with headers take 82 ms of 100 kbit/s

$link->conf('down', rate => 100_000, queue => 2100);
my $from = (up($one, 'f'))[0];
my $start = time();
$server->send('x' x 1000, 0, $from) for 1 .. 5;
is(length heard($one), 1000, 'what fits in the queue comes');
cmp_ok(time() - $start, '>=', 0.08, 'at the rate');
is(length heard($one), 1000, 'all of it');
cmp_ok(time() - $start, '>=', 0.16, 'at the rate');
is(heard($one, 0.3), undef, 'and no more');
is($link->stats()->{down}{dropped}, 3, 'which is counted');

$link->conf('down', rate => 0, queue => 0);
$link->conf('both', loss => 100);
my $lost = $link->stats()->{up}{lost};
$one->send('g');
ok(waitfor(sub { $link->stats()->{up}{lost} == $lost + 1 }, 2),
	'all is lost');

$link->conf('both', loss => 0, duplicate => 100);
up($one, 'h');
is(heard($server), 'h', 'all comes twice');

for my $wrong ([ loss => 101 ], [ rate => -1 ], [ what => 1 ]) {
	ok(!eval { $link->conf('up', @$wrong); 1 }, "refused: @$wrong");
}

ok(!eval { $link->conf('left', loss => 1); 1 }, 'refused: another way');
ok(!eval { $link->done('fall'); 1 }, 'refused: another command');

###############################################################################

# a peer of a meeting

my $peer = Test::Secmeet::Peer->new();
my $relay = Test::Secmeet::Link->relay($t->port(3478));
my ($tag) = $t->create_room();
my %member = map {
	$_ => Test::Secmeet::Member->new($t, $peer, name => $_,
		link => $_ eq 'bob' ? $relay : undef)
} qw/ alice bob carol /;

$_->join($tag)->publish('audio', 'video') for values %member;

ok($member{$_}->connected() && $member{$_}->complete(4), "$_ is connected")
	for sort keys %member;

$relay->conf('down', loss => 20, seed => 1);
$relay->conf('up', delay => 100);

for my $name ('alice', 'bob') {
	$member{$name}->start('video', rate => 100, size => 1000,
		count => 300);
}

$member{$_}->wait('done', mid => $member{$_}->sending('video'), timeout => 8)
	for 'alice', 'bob';
run_for(0.5);

my $mark = $member{alice}->marked('video');
my $bob = $member{bob}->heard()->{$mark}{flow}{packets};

is($member{carol}->heard()->{$mark}{flow}{packets}, 300,
	'nobody else is affected');
cmp_ok($bob, '<', 270, 'what the relay loses is lost');
cmp_ok($bob, '>', 200, 'the rest arrives');

my $late = $member{alice}->heard()->{$member{bob}->marked('video')};

is($late->{flow}{packets}, 300, 'all arrives from behind the relay');
cmp_ok($late->{delay_mean}, '>', 100_000, 'late');

###############################################################################

# the port from which the server sees it, and how long it took

sub up {
	my ($socket, $text) = @_;

	my $start = time();

	$socket->send($text);

	my $got = heard($server);

	die "not $text\n" unless defined $got && $got eq $text;

	return ($server->peername(), time() - $start);
}

sub heard {
	my ($socket, $seconds) = @_;

	return unless IO::Select->new($socket)->can_read($seconds // 5);

	$socket->recv(my $text, 2000);

	return $text;
}

###############################################################################
