package Test::Secmeet::Link;

# Copyright (C) secmeet contributors

# A bad network: runs build/link/relay, a UDP relay over a simulated link,
# or build/link/tun, the same between two network namespaces, for root only.
#
#     my $link = Test::Secmeet::Link->relay($t->port(3478));
#     my $bob = Test::Secmeet::Member->new($t, $peer, link => $link);
#
#     $link->conf('down', loss => 10);
#     $link->conf('both', rate => 500_000, queue => 30_000, delay => 20);
#
#     BEGIN { Test::Secmeet::Link->alone() }
#     my $link = Test::Secmeet::Link->tun('10.9.0.1', '10.9.0.2');
#     system($link->inside(), 'true');
#     $link->block(1);			# UDP
#     $link->move('10.9.0.3');
#
# Up is towards the server.  Properties, which stay until they are changed:
#
#     rate       bit/s, headers included; 0: no limit
#     queue      bytes that wait for it, at most; 0: no limit
#     delay      ms
#     jitter     ms: delay +- this; reorder => 1: also in another order
#     loss       percent; burst: so many in a row, on average
#     duplicate  percent
#     seed       the same run again from here on

use warnings;
use strict;

use Carp qw/ croak /;
use Cwd qw/ abs_path /;
use File::Basename qw/ dirname /;
use IO::Select ();
use JSON::PP ();
use Time::HiRes qw/ time /;

use Test::Secmeet ();

###############################################################################

my $TOP = abs_path(dirname(__FILE__) . '/../../../..');
my $BUILD = $ENV{SECMEET_LINKS} || "$TOP/build/link";

sub available { return -x "$BUILD/relay" }

# beside the server's port on 127.0.0.1

sub relay {
	my ($class, $port) = @_;

	my $self = $class->start("$BUILD/relay", '127.0.0.1',
		"127.0.0.1:$port");

	($self->{port}) = $self->{ready}{listen} =~ /:(\d+)$/;

	return $self;
}

# in a namespace of its own there is nothing but loopback, and whatever is
# made there ends with the test: starts the test anew in one.  True if there
# may be namespaces at all

sub alone {
	return $ENV{SECMEET_ALONE} if defined $ENV{SECMEET_ALONE};

	$ENV{SECMEET_ALONE} = 0;

	return 0 if $> || system(q{unshare -n true 2> /dev/null})
		|| !-c '/dev/net/tun' || !-x "$BUILD/tun";

	$ENV{SECMEET_ALONE} = 1;
	exec 'unshare', '-n', '--', 'sh', '-c',
		'ip link set lo up && exec "$@"', 'sh', $^X, $0, @ARGV
		or die "unshare: $!\n";
}

# from the server's address in this namespace to the client's in a new one

sub tun {
	my ($class, $server, $client) = @_;
	return $class->start("$BUILD/tun", $server, $client);
}

# what a command is put after to be run at the client's end

sub inside { return ('nsenter', '-t', $_[0]->{ready}{pid}, '-n', '--') }

sub start {
	my ($class, @command) = @_;

	pipe my $in, my $to or die "pipe: $!\n";
	pipe my $from, my $out or die "pipe: $!\n";

	my $pid = fork();

	die "fork: $!\n" unless defined $pid;

	if ($pid == 0) {
		close $to;
		close $from;
		open STDIN, '<&', $in;
		open STDOUT, '>&', $out;
		delete $ENV{LD_PRELOAD};
		exec @command or POSIX::_exit(127);
	}

	close $in;
	close $out;
	$to->autoflush(1);

	my $self = bless {
		pid => $pid, to => $to, from => $from, owner => $$,
		json => JSON::PP->new->utf8, buffer => '',
	}, $class;

	$self->{ready} = $self->answer() or die "$command[0] does not start\n";

	return $self;
}

# its input ends, and so does it

sub DESTROY {
	my ($self) = @_;

	return if $self->{owner} != $$;

	local ($?, $!, $@);

	close $self->{to};

	kill 'KILL', $self->{pid}
		unless Test::Secmeet::waitfor(
			sub { waitpid($self->{pid}, POSIX::WNOHANG()) != 0 }, 2);

	return;
}

sub port { return $_[0]->{port} }
sub pid { return $_[0]->{pid} }

###############################################################################

sub command {
	my ($self, $name, %fields) = @_;

	Test::More::note("link >> $name @{[ %fields ]}")
		if $ENV{SECMEET_VERBOSE};

	print {$self->{to}} $self->{json}->encode({ cmd => $name, %fields }),
		"\n" or croak 'the link has ended';

	return $self->answer() // croak "no answer to $name";
}

sub answer {
	my ($self) = @_;

	my $select = IO::Select->new($self->{from});
	my $end = time() + Test::Secmeet::timeout(10);

	for ( ;; ) {
		return $self->{json}->decode($1)
			if $self->{buffer} =~ s/^(.*)\n//;

		return unless $select->can_read($end - time());
		return unless sysread $self->{from}, $self->{buffer}, 65536,
			length $self->{buffer};
	}
}

sub done {
	my ($self, $name, %fields) = @_;

	my $answer = $self->command($name, %fields);

	croak "$name: $answer->{reason}" if $answer->{event} eq 'error';

	return $answer;
}

# 'up', 'down' or 'both'

sub conf {
	my ($self, $way, %properties) = @_;

	for my $name (keys %properties) {
		$properties{$name} = $name eq 'reorder'
			? $properties{$name} ? JSON::PP::true() : JSON::PP::false()
			: $properties{$name} + 0;
	}

	return $self->done('conf', way => $way, %properties);
}

# of up and down: in, out, out_bytes, lost, dropped (the queue was full),
# duplicated; queue (bytes), wait and queue_max (microseconds)

sub stats { return $_[0]->done('stats') }

# the NAT forgets who is who: the server sees other ports from now on

sub rebind { return $_[0]->done('rebind') }

# a firewall that lets no UDP through

sub block {
	my ($self, $on) = @_;
	return $self->done('block', udp => $on ? JSON::PP::true()
		: JSON::PP::false());
}

# the client's interface has another address

sub move {
	my ($self, $address) = @_;
	return $self->done('move', address => $address);
}

# an answer of the server, for somebody behind the relay

sub rewrite {
	my ($self, $sdp) = @_;

	$sdp =~ s/^(a=candidate:\S+ \d+ udp \d+) \S+ \d+/$1 127.0.0.1 $self->{port}/gmi;

	return $sdp;
}

###############################################################################

1;

###############################################################################
