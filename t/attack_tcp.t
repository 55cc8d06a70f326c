#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Attacks on the port of ICE-TCP: connections that say nothing, nonsense, or
# half of something; too many of them; requests that are not authentic, or
# name somebody else's transport.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use IO::Select ();
use IO::Socket::INET ();
use Test::Secmeet;
use Test::Secmeet::Attack;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;
use Time::HiRes qw/ sleep time /;

###############################################################################

my $WAITING = 256;

# a sanitizer keeps what was freed for a while

my $slack = $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND} ? 65536 : 2048;

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan()->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

worker_processes 1;

events {
    worker_connections 2048;
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478%%;
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
my @members = map {
	Test::Secmeet::Member->new($t, $peer, name => $_, tcp => 1)
} qw/ alice bob /;

$_->join($tag)->publish('audio') for @members;
ok($_->connected() && $_->complete(1), "$_->{name} is connected")
	for @members;
$_->start('audio', rate => 50, size => 120) for @members;

# a transport of somebody else, of whom the password is known

my ($ws) = $t->join($tag);

$peer->create(900, tcp => 1);

my $offer = $peer->offer(900, send => [{ kind => 'audio', mid => '0' }]);
my ($theirs) = credentials($offer);
my ($ufrag, $pwd) = credentials($ws->offer(sdp => $offer)->{sdp});

my $descriptors = descriptors($t);

###############################################################################

# what is closed at once

my $request = request();
my %nonsense = (
	'GET' => "GET / HTTP/1.0\r\n\r\n",
	'TLS' => pack('H*', '1603010200010001fc0303'),
	'length 0' => "\0\0",
	'length 1501' => pack('n', 1501),
	'zeros' => "\0" x 20,
	'a response' => framed("\1\1" . substr $request, 2),
	'a wrong cookie' => framed(substr($request, 0, 4) . 'x'
		. substr $request, 5),
	'no username' => framed(stun(fingerprint => 1)),
	'another worker' => framed(request(ufrag => 'ffffffff'
		. substr $ufrag, 8)),
	'no such worker' => framed(request(ufrag => '../../..'
		. substr $ufrag, 8)),
	'no such transport' => framed(request(ufrag =>
		substr($ufrag, 0, 8) . 'x' x 8)),
	'a short ufrag' => framed(request(ufrag => 'x')),
	'a wrong password' => framed(request(key => 'x' x 24)),
	'a wrong other ufrag' => framed(request(theirs => 'xxxx')),
	'no integrity' => framed(request(key => undef)),
	'noise' => pack('H*', '00' . random_hex(200)),
);

for my $name (sort keys %nonsense) {
	my $before = counters($t);
	my $socket = client();

	print $socket $nonsense{$name};

	my ($rest, $seconds) = ended($socket);

	is($rest, '', "$name: closed, and no answer");
	cmp_ok($seconds, '<', timeout(2), "$name: at once");

	my $after = since($t, $before);

	is(grep({ /^drop-(?:unknown|stun|ufrag|integrity)$/ && $after->{$_} }
		keys %$after), 1, "$name: counted");
}

# what may become a request has five seconds

my @slow = ('', "\0", substr(framed($request), 0, 12),
	substr(framed($request), 0, -1));
my @sockets = map { client() } @slow;

print {$sockets[$_]} $slow[$_] for 1 .. $#slow;

my $start = time();

sleep 4;
is(grep({ readable($_) } @sockets), 0, 'after four seconds all are there');

for my $i (0 .. $#slow) {
	is((ended($sockets[$i]))[0], '', length($slow[$i])
		. ' bytes: closed in the end');
}

cmp_ok(time() - $start, '>', 4.8, 'after five seconds');
cmp_ok(time() - $start, '<', timeout(7), 'and not much later');

# byte by byte it is good enough

my $patient = client();

for my $byte (split //, framed(request())) {
	print $patient $byte;
	sleep 0.002;
}

ok(readable($patient, 2), 'a request byte by byte is answered');
sysread $patient, my ($answer), 4096;
is(unpack('n', $answer), length($answer) - 2, 'in a frame');
is(unpack('x2n', $answer), 0x0101, 'with a response');

###############################################################################

# a connection is of one transport

my ($other, $other_pwd, $bobs) = another();
my $before = counters($t);

print $patient framed(request(ufrag => $other, key => $other_pwd,
	theirs => $bobs));
ok(waitfor(sub { since($t, $before)->{'drop-paths'} == 1 }),
	'it cannot be moved to another one');
print $patient framed(request());
ok(readable($patient, 2), 'and goes on with its own');
sysread $patient, $answer, 4096;

# paths of a transport are bounded, the newest is there

my @paths = map { my $socket = client(); print $socket framed(request());
	readable($socket, 2); $socket } 1 .. 20;

is(grep({ readable($_) && sysread $_, my ($buf), 4096 } @paths[12 .. 19]), 8,
	'eight paths of one transport at most');
is((ended($paths[0]))[0] =~ /^..\x01\x01/s, 1, 'older ones are closed');

close $_ for @paths, $patient;

###############################################################################

# too many that say nothing: the oldest make room, nobody else notices

my $memory = memory($t);

waitfor(sub { descriptors($t) <= $descriptors }, 10);
@sockets = map { client() } 1 .. $WAITING + 100;

ok(waitfor(sub { descriptors($t) == $descriptors + $WAITING }),
	'so many wait, and no more') or diag(descriptors($t) - $descriptors);

my @closed = grep { readable($sockets[$_]) } 0 .. $#sockets;

is("@closed", join(' ', 0 .. 99), 'the oldest are closed');

my $legal = client();

print $legal framed(request());
ok(readable($legal, 2), 'and one that speaks is heard');

is(grep({ readable($_) } @sockets[101 .. $#sockets]), 0,
	'the others still wait');
cmp_ok(memory($t) - $memory, '<', $slack, 'memory (kB) for them');

close $_ for @sockets, $legal;
ok(waitfor(sub { descriptors($t) == $descriptors }, 10),
	'all is as before');

# a flood of complete connections

my ($n, $cpu) = (3000, cpu($t));

for (1 .. $n) {
	my $socket = client();
	print $socket $nonsense{$_ % 2 ? 'a wrong password' : 'TLS'};
	close $socket;
}

ok(waitfor(sub { descriptors($t) == $descriptors }, 10),
	"$n of them leave nothing");
diag(sprintf '%d us of CPU for a connection', (cpu($t) - $cpu) / $n);
cmp_ok(memory($t) - $memory, '<', 2 * $slack, 'memory (kB)');

# the meeting has not noticed

run_for(0.3);
ok(whole(@members), 'bob has all of alice');
ok(whole(reverse @members), 'alice has all of bob');
unlike($t->error_log(), qr/client|127\.0\.0\.1/, 'nobody is in the log');

# nginx stops while some wait

our @left = map { client() } 1 .. 3;

ok(waitfor(sub { descriptors($t) == $descriptors + 3 }), 'some still wait');

###############################################################################

sub framed { return pack 'n/a*', $_[0] }

sub request {
	my (%opt) = (ufrag => $ufrag, key => $pwd, theirs => $theirs, @_);

	return stun(key => $opt{key}, fingerprint => 1, attributes => [
		[ 6, "$opt{ufrag}:$opt{theirs}" ],
		[ 0x24, pack 'N', 1 ], [ 0x802a, 'x' x 8 ],
	]);
}

# credentials of one more transport

sub another {
	my $ws = $t->join($tag);

	$peer->create(901, tcp => 1);

	my $offer = $peer->offer(901, send => [{ kind => 'audio', mid => '0' }]);
	my ($theirs) = credentials($offer);
	my @own = credentials($ws->offer(sdp => $offer)->{sdp});

	push @{$t->{kept}}, $ws;
	$descriptors++;

	return (@own, $theirs);
}

sub client {
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $t->port(3478)) or die "connect: $!\n";

	$socket->autoflush(1);

	return $socket;
}

sub readable {
	my ($socket, $seconds) = @_;
	return scalar IO::Select->new($socket)->can_read($seconds || 0);
}

# what came until the end, and when that was

sub ended {
	my ($socket) = @_;

	my $start = time();
	my $all = '';

	while (time() - $start < 20) {
		next unless readable($socket, 1);
		return ($all, time() - $start)
			unless sysread $socket, $all, 65536, length $all;
	}

	return ('never', 20);
}

###############################################################################
