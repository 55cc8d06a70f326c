#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Whoever is not let in learns nothing: not that there is a room, nor that
# there was one, nor why; not from the answer and not from its time.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;

use IO::Select;
use POSIX ();
use List::Util qw/ shuffle sum /;
use Time::HiRes qw/ time sleep /;

###############################################################################

my $proof = 'p' x 42 . 'A';
my $wrong = 'q' x 42 . 'A';
my $t = Test::Secmeet->new()->plan()->write_file_expand('nginx.conf',
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
            secmeet_peers 2;
        }

        location /strict/ {
            secmeet meet;
            secmeet_message_rate 5;
        }

        location /hasty/ {
            secmeet meet;
            secmeet_join_timeout 1s;
        }
    }
}

EOC

###############################################################################

# rooms of both workers, so that each kind is asked for here and across

my %kinds = (
	'never was' => [ map { [ Test::Secmeet::tag() ] } 1 .. 4 ],
	'has ended' => [ map { ended() } 1 .. 4 ],
	'wrong password' => [ map { [ inside(1, proof => $proof),
		proof => $wrong ] } 1 .. 4 ],
	'no password' => [ map { [ inside(1, proof => $proof) ] } 1 .. 4 ],
	'is full' => [ map { [ inside(2) ] } 1 .. 4 ],
	'bad ticket' => [ map { [ inside(1, proof => $proof),
		resume => 'A' x 275 ] } 1 .. 4 ],
);

my @members;

subtest 'what is answered' => sub {
	my (%texts, @asked);

	for my $kind (sort keys %kinds) {
		for my $room (@{$kinds{$kind}}) {
			my ($tag, %fields) = @$room;
			my $ws = $t->ws($tag);

			$ws->send('join', %fields);
			$ws->send('ping');
			$ws->send('join', %fields);
			push @asked, [ $kind, $ws ];
		}
	}

	for (@asked) {
		my ($kind, $ws) = @$_;
		my @frames = map { $ws->read_frame(8) || { opcode => 'none' } } 1, 2;
		my $text = join ' ', map { $_->{opcode}
			. unpack 'H*', $_->{data} // '' } @frames;

		push @{$texts{$text}}, $kind;
	}

	is_deeply([ keys %texts ], [ '1' . unpack('H*', '{"type":"denied"}')
		. ' 8' . unpack('H*', pack 'n', 4004) ], 'the same bytes for all')
		or diag(explain(\%texts));

	return done_testing();
};

subtest 'when it is answered' => sub {
	my %times = times_of(60);
	my %median = map { $_ => median(@{$times{$_}}) } keys %times;
	my @sorted = sort { $median{$a} <=> $median{$b} } keys %median;
	my ($first, $last) = @median{@sorted[0, -1]};

	diag(sprintf '%-14s %.2f ms, %.2f +- %.2f', $_, $median{$_},
		mean(@{$times{$_}}), deviation(@{$times{$_}})) for @sorted;

	cmp_ok($first, '>', 1499, 'not before its time');

	# on a machine that has nothing else to do, a millisecond

	my ($noise) = sort { $b <=> $a } map { deviation(@$_) / sqrt(@$_) }
		values %times;

	cmp_ok($last - $first, '<', 1 + 6 * $noise, 'medians are the same');

	for my $i (0 .. $#sorted) {
		for my $j ($i + 1 .. $#sorted) {
			my @x = @{$times{$sorted[$i]}};
			my @y = @{$times{$sorted[$j]}};

			cmp_ok(distance(\@x, \@y), '<', 2.6 * sqrt(2 / @x),
				"$sorted[$i] and $sorted[$j] are told apart by nothing");
		}
	}

	return done_testing();
};

subtest 'who may not end it' => sub {
	my $token = 'h' x 42 . 'A';
	my (%times, %texts);

	my @todo = shuffle(map { my $kind = $_; map { [ $kind, $_ ] }
		(@{$kinds{$kind}}) x 5 } 'never was', 'has ended', 'wrong password');
	my @asked;

	# none waits for another: each has its own process

	for (@todo) {
		my ($kind, $room) = @$_;

		pipe my $from, my $to or die;
		my $pid = fork() // die;

		if ($pid) {
			push @asked, [ $kind, $pid, $from ];
			sleep(0.01);
			next;
		}

		my $start = time();
		my $response = $t->delete_room($room->[0], $token);
		my $time = 1000 * (time() - $start);

		$response->{text} =~ s/^Date:.*\n//mi;
		print {$to} "$time $response->{text}";
		close $to;
		POSIX::_exit(0);
	}

	for (@asked) {
		my ($kind, $pid, $from) = @$_;

		waitpid $pid, 0;
		sysread $from, my $text, 65536;
		$text =~ s/^(\S+) //;
		push @{$times{$kind}}, $1;
		$texts{$text}++;
	}

	is_deeply([ values %texts ], [ 60 ], 'the same bytes for all')
		or diag(explain(\%texts));
	cmp_ok((sort { $a <=> $b } @{$times{$_}})[0], '>', 1499,
		"$_: not before its time") for sort keys %times;

	for ([ 0, 1 ], [ 0, 2 ], [ 1, 2 ]) {
		my ($one, $two) = (sort keys %times)[@$_];

		cmp_ok(distance(@times{$one, $two}), '<', 2.6 * sqrt(2 / 20),
			"$one and $two are told apart by nothing");
	}

	return done_testing();
};

subtest 'who asks too much' => sub {
	my %code;

	for my $tag (Test::Secmeet::tag(), map { ($t->create_room(
		base => '/strict/', proof => $proof))[0] } 1 .. 3)
	{
		my $ws = $t->ws($tag, base => '/strict/');
		my $start = time();

		$ws->send('ping') for 1 .. 5;
		$ws->send('join');
		$code{$ws->close_code()}++;
		cmp_ok(time() - $start, '<', Test::Secmeet::timeout(1), 'at once');
	}

	is_deeply(\%code, { 1008 => 4 }, 'is told so, and no more');

	return done_testing();
};

subtest 'who does not join is let go' => sub {
	my @rooms = (Test::Secmeet::tag(), map { ($t->create_room(
		base => '/hasty/'))[0] } 1 .. 3);
	my (%time, %code);

	for my $tag (@rooms) {
		my $start = time();
		my $ws = $t->ws($tag, base => '/hasty/');

		$ws->send('ping');
		$ws->send('send', data => 'x');
		$code{join ' ', map { $ws->read_message()->{type} } 1, 2}++;
		$code{$ws->close_code()}++;
		$time{$tag} = time() - $start;
	}

	is_deeply(\%code, { 'error error' => 4, 4000 => 4 }, 'the same for all');
	cmp_ok(abs($_ - 1), '<', 0.2, 'after secmeet_join_timeout')
		for @time{@rooms};

	return done_testing();
};

subtest 'a join in the last moment' => sub {
	my %time;

	for my $tag (Test::Secmeet::tag(), map { ($t->create_room(
		base => '/hasty/', proof => $proof))[0] } 1 .. 3)
	{
		my $ws = $t->ws($tag, base => '/hasty/');

		sleep(0.7);
		is($ws->join()->{type}, 'denied', 'is denied all the same');
		is($ws->close_code(), 4004, 'and no other way');
	}

	return done_testing();
};

subtest 'a client that does not wait' => sub {
	my $ws = $t->ws(Test::Secmeet::tag());

	$ws->send('join');
	$ws->disconnect();

	my ($tag) = $t->create_room();

	ok(scalar $t->join($tag), 'harms nobody');

	return done_testing();
};

###############################################################################

sub ended {
	my ($tag, $host) = $t->create_room(proof => $proof);

	die unless $t->delete_room($tag, $host)->{status} == 204;

	return [ $tag, proof => $proof ];
}

# a room with so many people

sub inside {
	my ($n, %opt) = @_;

	my ($tag) = $t->create_room(%opt);

	push @members, map { scalar $t->join($tag, %opt) } 1 .. $n;

	return $tag;
}

# {kind => [milliseconds from join to "denied"]}, all mixed, and a handful at
# any time

sub times_of {
	my ($n) = @_;

	my (%times, %waiting);
	my @todo = shuffle(map { my $kind = $_;
		map { [ $kind, $kinds{$kind}[$_ % 4] ] } 1 .. $n } keys %kinds);
	my $select = IO::Select->new();

	while (@todo || %waiting) {
		if (@todo) {
			my ($kind, $room) = @{shift @todo};
			my ($tag, %fields) = @$room;
			my $ws = $t->ws($tag);

			$ws->send('join', %fields);
			$waiting{$ws->{socket}} = [ $kind, $ws, time() ];
			$select->add($ws->{socket});
		}

		for my $socket ($select->can_read(@todo ? 0.01 : 2)) {
			my ($kind, $ws, $start) = @{delete $waiting{$socket}};

			push @{$times{$kind}}, 1000 * (time() - $start);
			$select->remove($socket);
			die 'not denied' unless $ws->read_message()->{type} eq 'denied';
		}
	}

	return %times;
}

sub mean { return sum(@_) / @_ }
sub median { return (sort { $a <=> $b } @_)[@_ / 2] }

sub deviation {
	my $mean = mean(@_);
	return sqrt(sum(map { ($_ - $mean) ** 2 } @_) / @_);
}

# of Kolmogorov and Smirnov: how far two distributions are from each other

sub distance {
	my ($x, $y) = @_;

	my $most = 0;

	for my $limit (@$x, @$y) {
		my $difference = abs(grep({ $_ <= $limit } @$x) / @$x
			- grep({ $_ <= $limit } @$y) / @$y);

		$most = $difference if $difference > $most;
	}

	return $most;
}

###############################################################################
