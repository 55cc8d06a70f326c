#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Connections between workers: what comes in that no worker would send.  The
# test speaks as one more worker.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ basename dirname /;
use lib dirname(__FILE__) . '/lib';

use IO::Select;
use IO::Socket::INET;
use Socket qw/ AF_UNIX MSG_DONTWAIT SOCK_SEQPACKET pack_sockaddr_un /;
use Test::Secmeet;
use Time::HiRes qw/ sleep time /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

use constant {
	HELLO => 1, OPEN => 2, TEXT => 3, SAME => 4, CLOSE => 5, DELETE => 8,
	DELETED => 9, DATAGRAM => 10, TUPLES => 11, FREED => 12, SURVEY => 13,
	FIGURES => 14, SOCKET => 15, KEEP => 4, MORE => 1, TO_OWNER => 2,
	VERSION => 3, PAYLOAD => 32768, LINKS => 256,
};

my $t = Test::Secmeet->new()->plan();

$t->write_file_expand('nginx.conf', <<'EOC');

worker_processes 2;

%%GLOBALS%%

secmeet_run_path %%TESTDIR%%/run;

events {
    worker_connections 1024;
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /meet/rooms/ {
            secmeet meet;
            secmeet_resume_timeout 1s;
        }
    }
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

EOC

$t->run();

my $run = $t->testdir() . '/run';

waitfor(sub { @{ids()} == 2 });

my ($id, $other) = @{ids()};
my @pids = sort $t->workers();

is(@{ids()} . ' ' . @pids, '2 2', 'a socket for each worker');

###############################################################################

# how it should be

my $friend = peer($id);
my $me = random_hex(4);

is(unpack('H*', recv_frame($friend)),
	unpack('H*', frame(HELLO, VERSION, $id)), 'the worker is polite');

send_frame($friend, hello($me));
ok(answers($friend), 'a peer is answered');

send_frame($friend, frame(TEXT, 'x' x PAYLOAD));
ok(answers($friend), 'the longest frame');

send_frame($friend, frame(TEXT, ''));
ok(answers($friend), 'an empty payload');

# a room lives as long as somebody is in it

my ($tag) = $t->create_room();
my $guest = $t->join($tag);
ok(joins($tag), 'a room is reached');

# several in one go

send_frame($friend, frame(DELETE, $tag, TO_OWNER)) for 1 .. 200;
is(scalar(grep { recv_frame($friend) } 1 .. 200), 200, '200 frames');

###############################################################################

# frames that cut the connection, of a stranger and of a peer

my $text = frame(TEXT, 'text');

my %frames = (
	'one byte' => 'x',
	'a head too short' => substr($text, 0, 15),
	'garbage' => pack('H*', random_hex(500)) | "\x80" x 500,
	'payload cut off' => substr($text, 0, -1),
	'more than the payload' => $text . 'x',
	'length of all bits' => pack('CCnN', TEXT, 0, 0, 0xffffffff) . "\0" x 8,
	'type 0' => frame(0, ''),
	'type 16' => frame(16, ''),
	'type 255' => frame(255, ''),
	'unknown flags' => frame(TEXT, '', 0x80),
	'no zero' => pack('CCnNx8', TEXT, 0, 1, 0),
	'oversize by one' => frame(TEXT, 'x' x (PAYLOAD + 1)),
	'oversize' => frame(TEXT, 'x' x 150000),
	'nothing' => '',
);

for my $name (sort keys %frames) {
	my $socket = peer($id);
	send_frame($socket, $frames{$name});
	ok(is_cut($socket), "a stranger: $name");

	$socket = peer($id);
	send_frame($socket, hello(random_hex(4)));
	ok(answers($socket), 'a peer');
	send_frame($socket, $frames{$name});
	ok(is_cut($socket), "a peer: $name");
}

my %hellos = (
	'a frame first' => $text,
	'version 0' => frame(HELLO, 0, random_hex(4)),
	'version 2' => frame(HELLO, 2, random_hex(4)),
	'no id' => frame(HELLO, VERSION, ''),
	'a short id' => frame(HELLO, VERSION, 'abcdef0'),
	'a long id' => frame(HELLO, VERSION, 'abcdef012'),
	'an upper case id' => frame(HELLO, VERSION, 'ABCDEF01'),
	'a path' => frame(HELLO, VERSION, '../../ab'),
	'a null byte' => frame(HELLO, VERSION, "abcdef0\0"),
	'its own id' => hello($id),
);

for my $name (sort keys %hellos) {
	my $socket = peer($id);
	send_frame($socket, $hellos{$name});
	ok(is_cut($socket), "introduction: $name");
}

my $twice = peer($id);
send_frame($twice, hello($me));
ok(answers($twice), 'a peer');
send_frame($twice, hello($me));
ok(is_cut($twice), 'introduction: a second one');

# a socket that did not come along, for want of a descriptor

my $short = peer($id);
send_frame($short, hello(random_hex(4)));
ok(answers($short), 'a peer');
send_frame($short, frame(SOCKET, ''));
ok(answers($short), 'a socket without one costs nothing else');

# frames that are well formed and make no sense

my $tuple = pack('CxnNx12', 4, 3478, 0x7f000001) x 2;

for my $frame (frame(OPEN, 'x', TO_OWNER), frame(DELETE, 'x', TO_OWNER),
	frame(TUPLES, 'x'), frame(FREED, $tuple . 'x'), frame(SURVEY, 'x'),
	frame(DATAGRAM, 'x'),
	frame(DATAGRAM, $tuple . 'x' x 1501),
	frame(DATAGRAM, pack('Cx39', 5) . 'x'))
{
	my $socket = peer($id);
	send_frame($socket, hello(random_hex(4)));
	ok(answers($socket), 'a peer');
	send_frame($socket, $frame);
	ok(is_cut($socket), 'nonsense');
}

# frames of what has ended, or never was

send_frame($friend, $_) for frame(CLOSE, '', TO_OWNER), frame(CLOSE, 'xx'),
	frame(FIGURES, pack('NNN', 1, 1, 0)), frame(FIGURES, 'x'),
	frame(FREED, $tuple),
	frame(TUPLES, ''), frame(DATAGRAM, $tuple . "\x80" x 100);
ok(answers($friend), 'frames that are out of date');

# more addresses than are remembered: the memory is what it was

my $kept = memory();

for my $i (0 .. 80) {
	send_frame($friend, frame(TUPLES, join('', map {
		pack('CxnNx12', 4, 3478, 0x7f000001)
			. pack('CxnNx12', 4, $_, 0x0a000000 + $i)
	} 1 .. 800), $i % 2 ? MORE : 0));
}

ok(answers($friend), '64,800 addresses');
cmp_ok(memory() - $kept, '<', 4096, 'memory (kB) for 16,384 of them')
	unless $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND};

# leaving without a word, or with words unread

for (1 .. 100) {
	my $socket = peer($id);
	next if $_ % 2;
	send_frame($socket, hello(random_hex(4)));
	send_frame($socket, frame(DELETE, $tag, TO_OWNER)) for 1 .. 10;
}

ok(answers($friend), 'the friend is still there');
ok(joins($tag), 'the room as well');

###############################################################################

# a peer that never reads: cut when too much waits for it

my $before = memory();
my $deaf = peer($id);

send_frame($deaf, hello(random_hex(4)));

my $request = frame(DELETE, $tag, TO_OWNER);
my ($asked, $most, $end) = (0, 0, time() + timeout(20));

while (time() < $end) {
	last unless defined send_frame($deaf, $request);
	next if ++$asked % 5000;

	my $now = memory();
	$most = $now if $now > $most;
}

ok(time() < $end, "cut after $asked requests");
ok($t->waitforlog(qr/another worker has not read \d+ bytes/), 'logged');
ok(answers($friend), 'the friend is answered');
cmp_ok($most - $before, '<', 16384, 'memory (kB) while it did not read')
	unless $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND};

undef $deaf;

# one that is sent what strangers send, and never reads: some is dropped

my $mute = random_hex(4);
my $stun = stun("${mute}12345678:abcd");

socket(my $ear, AF_UNIX, SOCK_SEQPACKET, 0) or die "socket: $!\n";
bind($ear, pack_sockaddr_un("$run/w.$mute")) or die "bind: $!\n";
listen($ear, 16) or die "listen: $!\n";
chmod 0777, "$run/w.$mute";

my $udp = IO::Socket::INET->new(Proto => 'udp', PeerAddr => '127.0.0.1',
	PeerPort => $t->port(3478));

$before = memory();
$most = 0;

for (1 .. 200) {
	$udp->send($stun) for 1 .. 200;
	sleep 0.005;

	my $now = memory();
	$most = $now if $now > $most;
}

ok(answers($friend), 'the friend, while 40,000 datagrams go to the deaf');
cmp_ok($most - $before, '<', 8192, 'memory (kB) meanwhile')
	unless $ENV{SECMEET_PRELOAD} || $ENV{SECMEET_VALGRIND};
ok(joins($tag), 'a room is reached');

close $ear;
unlink "$run/w.$mute";

###############################################################################

# as many as the worker holds, and more

my @strangers = map { peer($id) } 1 .. LINKS + 44;

ok(answers($friend), 'the friend, among strangers');
ok(is_cut($strangers[0]), 'the first stranger gives way');
ok(recv_frame($strangers[-1]), 'to the last one');
ok(joins($tag), 'a room is reached');

my ($more) = eval { $t->create_room() };
ok($more && $t->join($more), 'another room');

my $late = peer($id);
send_frame($late, hello(random_hex(4)));
ok(answers($late), 'a late peer is answered');

@strangers = ();
undef $late;

# those who introduce themselves stay, and there is a limit to them

my @peers = map {
	my $socket = peer($id);
	send_frame($socket, hello(random_hex(4)));
	$socket
} 1 .. LINKS + 20;

ok(answers($friend), 'the friend, among peers');

my $held = grep { answers($_) } @peers;
ok($held >= LINKS - 8 && $held < LINKS, "$held of them are held");

@peers = ();

ok(waitfor(sub {
	my $socket = peer($id);
	send_frame($socket, hello(random_hex(4)));
	answers($socket);
}), 'places are free again');

###############################################################################

# only the workers' user, and root

SKIP: {
	skip 'root is needed', 2 if $> != 0;

	my ($nobody) = (getpwnam('nobody'))[2];
	my $path = pack_sockaddr_un("$run/w.$id");

	socket(my $closed, AF_UNIX, SOCK_SEQPACKET, 0) or die "socket: $!\n";
	socket(my $opened, AF_UNIX, SOCK_SEQPACKET, 0) or die "socket: $!\n";

	{
		local $> = $nobody;
		ok(!connect($closed, $path), 'the folder is closed to others');
	}

	chmod 0711, $run;

	{
		local $> = $nobody;
		connect($opened, $path);
	}

	chmod 0700, $run;

	ok(is_cut($opened, 1), 'others are sent away');
}

is("@{[ sort $t->workers() ]}", "@pids", 'the same workers');
ok(joins($tag), 'the room is there');

###############################################################################

# the end of a worker is seen at once by its peers

my $victim = peer($other);
send_frame($victim, hello($me));
ok(answers($victim), 'the other worker');

kill 'KILL', grep { $t->holds($_, "w.$other") } @pids;
ok(is_cut($victim, 1), 'its end is seen');
ok($t->waitforlog(qr/exited on signal 9/), 'killed');
ok(answers($friend), 'the friend lives on');

ok(waitfor(sub { grep { $_ ne $id && $_ ne $other } @{ids()} }),
	'there is a successor');

# a worker that leaves hears its peers for as long as it works, no longer;
# here a request that never ends keeps it

$guest->send('leave');

my @requests = map { $t->connection() } 1 .. 8;

$_->syswrite('GET /') for @requests;
sleep 0.3;

my %old = map { $_ => 1 } @{ids()};

ok($t->reload(), 'reload');
sleep 0.3;

my ($leaving) = grep { $old{$_} && $_ ne $other } @{ids()};
my $drain = peer($leaving);
send_frame($drain, hello($me));
ok(answers($drain), 'a connection to a worker that leaves');

@requests = ();

ok(is_cut($drain), 'it has left');
ok(is_cut($friend), 'the others as well');
ok(waitfor(sub { $t->workers(1) == 2 }), 'they are gone');
ok(waitfor(sub { !grep { $old{$_} && $_ ne $other } @{ids()} }),
	'no socket is left');

waitfor(sub { grep { !$old{$_} } @{ids()} });

my ($new) = grep { !$old{$_} } @{ids()};

$friend = peer($new);
send_frame($friend, hello($me));
ok(answers($friend), 'the friend of a new one');

# an alert that this test has asked for

$t->allow(qr/exited on signal 9/);

ok($t->stop(), 'stopped');
ok(is_cut($friend), 'the friend hears of it');
is(join(' ', grep { $_ ne $other } @{ids()}), '', 'no socket is left');

###############################################################################

sub ids {
	return [ map { basename($_) =~ /^w\.([0-9a-f]{8})$/ } glob "$run/w.*" ];
}

sub peer {
	my ($id) = @_;

	socket(my $socket, AF_UNIX, SOCK_SEQPACKET, 0) or die "socket: $!\n";

	# the backlog is short

	waitfor(sub { connect($socket, pack_sockaddr_un("$run/w.$id")) })
		or die "connect: $!\n";

	return $socket;
}

sub frame {
	my ($type, @rest) = @_;

	return frame(HELLO, pack('C', $rest[0]) . $rest[1])
		if $type == HELLO && @rest == 2;

	my ($payload, $flags) = @rest;

	return pack('CCnNNN', $type, $flags || 0, 0, length $payload, 0, 7)
		. $payload if $type != HELLO;

	return pack('CCnNx8', $type, 0, 0, length $payload) . $payload;
}

# a binding request, as long as they come

sub stun {
	my ($name) = @_;

	my $attributes = pack('nn', 6, length $name) . $name
		. "\0" x (-length($name) % 4);

	$attributes .= pack('nn', 0x8022, 1300) . 'x' x 1300;

	return pack('nnN', 1, length $attributes, 0x2112a442) . 'x' x 12
		. $attributes;
}

sub hello { return frame(HELLO, VERSION, $_[0]) }

# undef: the connection is over

sub send_frame {
	my ($socket, $frame) = @_;

	for ( ;; ) {
		my $n = send $socket, $frame, MSG_DONTWAIT;

		return $n if defined $n;
		return undef unless $!{EAGAIN};

		IO::Select->new($socket)->can_write(0.01);
	}
}

# '': the connection is over, or nothing came in time

sub recv_frame {
	my ($socket, $seconds) = @_;

	return '' unless IO::Select->new($socket)->can_read(
		timeout($seconds || 5));

	return '' unless defined recv $socket, my $frame, 65536, 0;

	return $frame;
}

# says whether a request is answered

sub answers {
	my ($socket) = @_;

	send_frame($socket, frame(DELETE, '0' x 32, TO_OWNER)) or return 0;

	while ((my $frame = recv_frame($socket)) ne '') {
		return 1 if ord $frame == DELETED;
	}

	return 0;
}

# reads to the end; mute: nothing but the end may come

sub is_cut {
	my ($socket, $mute) = @_;

	my $select = IO::Select->new($socket);
	my $end = time() + timeout();

	while (time() < $end) {
		next unless $select->can_read(0.1);

		my $from = recv $socket, my $frame, 65536, 0;

		return 1 if !defined $from || $frame eq '';
		return 0 if $mute && ord $frame != HELLO;
	}

	return 0;
}

# by whatever worker takes the WebSocket

sub joins {
	my ($tag) = @_;

	for (1 .. 4) {
		my $ws = eval { scalar $t->join($tag) };

		if (!$ws) {
			diag($@);
			return 0;
		}

		$ws->send('leave');
	}

	return 1;
}

# of all workers, in kB

sub memory {
	my $sum = 0;

	for my $pid ($t->workers()) {
		open my $fh, '<', "/proc/$pid/status" or next;
		$sum += $1 if join('', <$fh>) =~ /^VmRSS:\s+(\d+)/m;
	}

	return $sum;
}

###############################################################################
