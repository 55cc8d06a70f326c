#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Much at once, from outside and from inside a meeting whose people came by
# different workers: strangers in other meetings notice nothing.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;

use POSIX ();
use Time::HiRes qw/ time /;

###############################################################################

my $t = Test::Secmeet->new()->plan(13)->write_file_expand('nginx.conf',
	<<'EOC')->run();

%%GLOBALS%%

worker_processes 2;

events {
    worker_connections 2048;
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
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location /meet/rooms/ {
            secmeet meet;
        }

        location /strict/ {
            secmeet meet;
            secmeet_message_rate 10000;
        }
    }
}

EOC

###############################################################################

my @strangers = map { my ($tag) = $t->create_room();
	map { scalar $t->join($tag) } 1 .. 4 } 1 .. 8;
my $pids = join ' ', sort $t->workers();
my $text = 'x' x 65000;

# without a password, in front of a room that exists: "send" before "join",
# and a "join" that is too long

my ($tag) = $t->create_room(proof => 'p' x 42 . 'A');
my $before = memory();

flood([ map { $t->ws($tag) } 1 .. 60 ],
	frame('{"type":"send","data":"' . $text . '"}') x 3);
well('not joined');

flood([ map { $t->ws($tag) } 1 .. 60 ],
	frame('{"type":"join","name":"x"' . ' ' x 65000 . '}') x 3);
well('long joins');

my $ws = $t->ws($tag);

$ws->send_text('{"type":"join"' . ' ' x (8192 - 15) . '}');
is($ws->wait('denied')->{type}, 'denied', 'a join of 8192 bytes');
$ws = $t->ws($tag);
$ws->send_text('{"type":"join"' . ' ' x (8193 - 15) . '}');
is($ws->wait('error')->{message}, 'join is too long', 'one byte more');

# a hundred people, and one of them writes much

my ($big) = $t->create_room();
my @people = map { scalar $t->join($big) } 1 .. 100;

$people[0]->send('send', data => $text) for 1 .. 2;
well('a hundred read what one writes');
is(scalar(grep { ($_->wait('message', timeout => 5) || {})->{data} eq $text }
	@people[1 .. 99]), 99, 'and all of them do');

# more than the rate allows, in bytes: it is his own fault, and only his

$people[1]->send('send', data => $text) for 1 .. 8;
is($people[1]->close_code(), 1008, 'who writes too much is let go');
well('too much of one');

# all write as much as they may

my ($loud) = $t->create_room(base => '/strict/');
my @loud = map { my $ws = $t->ws($loud, base => '/strict/'); $ws->join(); $ws }
	1 .. 40;

flood(\@loud, frame('{"type":"send","data":"' . $text . '"}') x 20);
well('forty write as much as they can');

cmp_ok(memory() - $before, '<', 300 * 1024, 'memory (kB) of it all')
	unless $ENV{SECMEET_PRELOAD};
ok(1) if $ENV{SECMEET_PRELOAD};

is(join(' ', sort $t->workers()), $pids, 'the same workers');
unlike($t->error_log(), qr/given up/, 'no worker has given up another');

my ($new) = $t->create_room();
ok(scalar $t->join($new), 'and meetings are held');

###############################################################################

# from four processes, as fast as it goes

sub flood {
	my ($sockets, $bytes) = @_;

	my @children;

	for my $n (0 .. 3) {
		my $pid = fork() // die "fork: $!\n";

		if ($pid) {
			push @children, $pid;
			next;
		}

		my %left = map { $_ => length $bytes }
			grep { $_ % 4 == $n } 0 .. $#$sockets;
		my $end = time() + 3;

		$sockets->[$_]{socket}->blocking(0) for keys %left;

		while (%left && time() < $end) {
			for my $i (keys %left) {
				my $written = syswrite $sockets->[$i]{socket}, $bytes,
					$left{$i}, length($bytes) - $left{$i};

				$left{$i} -= $written if $written;
				delete $left{$i} if !$left{$i}
					|| !defined $written && !$!{EAGAIN};
			}
		}

		POSIX::_exit(0);
	}

	waitpid $_, 0 for @children;

	return;
}

# masked with zeros

sub frame {
	my ($json) = @_;
	return pack('CCnN', 0x81, 0x80 | 126, length $json, 0) . $json
		if length $json < 65536;
	return pack('CCNNN', 0x81, 0x80 | 127, 0, length $json, 0) . $json;
}

# each of the strangers is heard by the others of his room, if need be once
# the workers have room for it

sub well {
	my ($name) = @_;

	my $heard = 0;

	for my $i (0 .. $#strangers) {
		next if $i % 4;

		say_it($strangers[$i], $name);
		$heard += grep {
			(($_->wait('message', timeout => 5) || {})->{data} // '') eq $name
		} @strangers[$i + 1 .. $i + 3];
	}

	is($heard, 24, "strangers are well: $name");

	return;
}

# "pong" comes after what the server has to say of it

sub say_it {
	my ($ws, $text) = @_;

	for (1 .. 50) {
		my $busy;

		$ws->send('send', data => $text);
		$ws->send('ping');

		for ( ;; ) {
			my $message = $ws->read_message(5) or return;

			last if $message->{type} eq 'pong';
			$busy = 1 if $message->{type} eq 'error';
		}

		return unless $busy;
		Time::HiRes::sleep(0.1);
	}

	return;
}

sub memory {
	my $sum = 0;

	for my $pid ($t->workers()) {
		open my $fh, '<', "/proc/$pid/status" or next;
		local $/;
		$sum += $1 if <$fh> =~ /^VmRSS:\s+(\d+)/m;
	}

	return $sum;
}

###############################################################################
