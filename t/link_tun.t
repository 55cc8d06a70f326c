#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for the simulated link between two network namespaces.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN {
	use FindBin;
	use lib "$FindBin::Bin/lib";
	require Test::Secmeet::Link;
	Test::Secmeet::Link->alone();
	chdir($FindBin::Bin);
}

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw/ time /;

use Test::Secmeet;

###############################################################################

plan(skip_all => 'namespaces are not allowed, or no build/link/tun')
	unless Test::Secmeet::Link->alone();

plan(tests => 14);

my ($server, $client, $other) = qw/ 10.9.0.1 10.9.0.2 10.9.0.3 /;

my $link = Test::Secmeet::Link->tun($server, $client);

# what comes is sent back, by UDP and by TCP

my $udp = IO::Socket::INET->new(Proto => 'udp', LocalAddr => $server)
	or die "socket: $!\n";
my $tcp = IO::Socket::INET->new(LocalAddr => $server, Listen => 5)
	or die "socket: $!\n";
my $echo = fork() // die "fork: $!\n";

if ($echo == 0) {
	my $select = IO::Select->new($udp, $tcp);

	for ( ;; ) {
		for my $socket ($select->can_read()) {
			if ($socket == $tcp) {
				my $c = $tcp->accept() or next;
				print $c $c->peerhost(), "\n";
				next;
			}

			$udp->recv(my $text, 2000);
			$udp->send($udp->peerhost() . " $text");
		}
	}
}

###############################################################################

my ($got, $took) = ask('udp', 'one');

is($got, "$client one", 'UDP goes there and back');
cmp_ok($took, '<', 0.1, 'at once');
is((ask('tcp'))[0], $client, 'TCP as well');

$link->conf('up', delay => 100);
($got, $took) = ask('udp', 'two');

is($got, "$client two", 'with a delay up');
cmp_ok($took, '>=', 0.1, 'it is late');
cmp_ok($took, '<', 0.2, 'by as much');

$link->conf('down', delay => 100);
cmp_ok((ask('udp', 'three'))[1], '>=', 0.2, 'with one down as well, later');

$link->conf('both', delay => 0);
$link->block(1);
is((ask('udp', 'four'))[0], '', 'UDP may be blocked');
is((ask('tcp'))[0], $client, 'which leaves TCP');

$link->block(0);
is((ask('udp', 'five'))[0], "$client five", 'and be let through again');

$link->move($other);
is((ask('udp', 'six'))[0], "$other six", 'the client may be elsewhere');

my $stats = $link->stats();
cmp_ok($stats->{up}{in}, '>', 10, 'packets are counted');

ok(!eval { $link->move('elsewhere'); 1 }, 'refused: no address');

###############################################################################

kill 'KILL', $echo;
waitpid $echo, 0;

my $pid = $link->pid();
undef $link;
ok(!-e "/proc/$pid", 'the link has ended');

###############################################################################

# what somebody at the client's end gets, and how long it took, in seconds

sub ask {
	my ($proto, $text) = @_;

	my $program = q{
		use IO::Socket::INET;
		use IO::Select;
		use Time::HiRes qw/ time /;
		my ($proto, $addr, $text) = @ARGV;
		my $start = time();
		my $s = IO::Socket::INET->new(Proto => $proto,
			PeerAddr => $addr, Timeout => 2) or die "$!";
		$s->send($text) if $proto eq 'udp';
		IO::Select->new($s)->can_read(1) or exit;
		$s->recv(my $answer, 2000);
		printf "%s\n%f\n", $answer =~ s/\n//r, time() - $start;
	};

	my $socket = $proto eq 'udp' ? $udp : $tcp;

	open my $fh, '-|', $link->inside(), $^X, '-e', $program, $proto,
		"$server:" . $socket->sockport(), $text // ''
		or die "cannot run: $!\n";
	chomp(my @lines = <$fh>);

	return ($lines[0] // '', $lines[1] // 0);
}

###############################################################################
