package Test::Secmeet::Proxy;

# Copyright (C) secmeet contributors

# A network between a browser and nginx that can break: passes on TCP, until
# it is told otherwise.
#
#     my $proxy = Test::Secmeet::Proxy->new($port_of_nginx);
#     my $port = $proxy->port();
#
#     $proxy->cut();       all connections end
#     $proxy->freeze();    nothing passes any more, and nobody is told
#     $proxy->thaw();      what has waited passes

use warnings;
use strict;

use IO::Select ();
use IO::Socket::INET ();
use POSIX ();
use Socket qw/ SOL_SOCKET SO_LINGER /;

###############################################################################

sub new {
	my ($class, $to) = @_;

	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64,
		Proto => 'tcp') or die "listen: $!\n";

	my $self = bless { port => $listen->sockport(), owner => $$ }, $class;

	$self->{pid} = fork() // die "fork: $!\n";

	if ($self->{pid} == 0) {
		pass($listen, $to);
		POSIX::_exit(0);
	}

	return $self;
}

sub port { return $_[0]->{port} }

sub cut { return kill 'HUP', $_[0]->{pid} }
sub freeze { return kill 'USR1', $_[0]->{pid} }
sub thaw { return kill 'USR2', $_[0]->{pid} }

sub DESTROY {
	my ($self) = @_;

	return if $self->{owner} != $$;

	local ($?, $!, $@);

	kill 'KILL', $self->{pid};
	waitpid $self->{pid}, 0;

	return;
}

###############################################################################

sub pass {
	my ($listen, $to) = @_;

	my (%other, $cut, $frozen);

	local $SIG{HUP} = sub { $cut = 1 };
	local $SIG{USR1} = sub { $frozen = 1 };
	local $SIG{USR2} = sub { $frozen = 0 };
	local $SIG{PIPE} = 'IGNORE';
	local $SIG{TERM} = local $SIG{INT} = 'DEFAULT';

	my $select = IO::Select->new($listen);
	my $end = sub {
		my ($socket) = @_;

		for my $s ($socket, delete $other{$socket}) {
			next unless $s;
			delete $other{$s};
			$select->remove($s);
			close $s;
		}
	};

	for ( ;; ) {
		my @ready = $frozen ? () : $select->can_read(0.05);

		select undef, undef, undef, 0.05 if $frozen;

		if ($cut) {
			$cut = 0;

			for my $s (grep { $_ != $listen } $select->handles()) {
				next unless defined fileno $s;
				setsockopt $s, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
				$end->($s);
			}

			next;
		}

		for my $s (@ready) {
			next unless $select->exists($s);

			if ($s == $listen) {
				my $client = $listen->accept() or next;
				my $server = IO::Socket::INET->new(PeerPort => $to,
					PeerAddr => '127.0.0.1', Proto => 'tcp');

				if (!$server) {
					close $client;
					next;
				}

				$other{$client} = $server;
				$other{$server} = $client;
				$select->add($client, $server);
				next;
			}

			my $n = sysread $s, my $data, 65536;

			if (!$n || !write_all($other{$s}, $data)) {
				$end->($s);
			}
		}
	}

	return;
}

sub write_all {
	my ($socket, $data) = @_;

	while (length $data) {
		my $n = syswrite $socket, $data;

		return 0 unless $n;
		substr($data, 0, $n) = '';
	}

	return 1;
}

###############################################################################

1;

###############################################################################
