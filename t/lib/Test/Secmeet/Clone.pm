package Test::Secmeet::Clone;

# Copyright (C) secmeet contributors

# A clean clone of the checkout, and "make run" in it.
#
#     my $clone = Test::Secmeet::Clone->new();
#     my $url = $clone->run();
#
#     ...
#
#     ok($clone->interrupt(), 'ended');
#
# What is not committed is not in the clone.

use warnings;
use strict;

use File::Path qw/ rmtree /;
use File::Temp ();
use IO::Select ();
use Test::More ();
use Time::HiRes qw/ time /;

use Test::Secmeet ();
use Test::Secmeet::Browser qw/ start_group end_group /;

###############################################################################

my $BUILD_TIME = 600;

my @instances;

###############################################################################

sub new {
	my ($class) = @_;

	my $self = bless { owner => $$, output => '' }, $class;

	$self->{top} = File::Temp::tempdir('smc-XXXXXX', TMPDIR => 1);
	$self->{dir} = "$self->{top}/secmeet";
	push @instances, $self;

	chmod 0755, $self->{top};
	system('git', '-c', 'safe.directory=*', 'clone', '--quiet',
		$Test::Secmeet::TOP, $self->{dir}) == 0
		or die "cannot clone $Test::Secmeet::TOP\n";

	return $self;
}

# the URL that "make run" prints alone on a line, or undef

sub run {
	my ($self) = @_;

	my ($port, $media) = free_ports();

	($self->{pid}, undef, $self->{out}) = start_group(
		sub {
			open STDERR, '>&', \*STDOUT;
			delete @ENV{qw/ MAKEFLAGS MAKELEVEL MFLAGS /};
			chdir $self->{dir};
		},
		'sh', '-c', "exec make run PORT=$port MEDIA_PORT=$media 2>&1",
	);

	my $start = time();

	my $url = $self->read_until(qr{^(https?://\S+)$}m, $BUILD_TIME)
		or return;

	Test::More::note(sprintf "cloned, built and ready after %d s",
		time() - $start);

	return $url;
}

# two ports that are free for both protocols, above those of Test::Secmeet

sub free_ports {
	my @ports;

	for my $port (map { 33000 + ($$ + $_) % 4000 } 1 .. 4000) {
		next if grep { !Test::Secmeet::port_is_free($port, @$_) }
			[ 'tcp', Socket::SOCK_STREAM() ],
			[ 'udp', Socket::SOCK_DGRAM() ];

		push @ports, $port;
		return @ports if @ports == 2;
	}

	die "no free port\n";
}

# what the first group of the expression matched

sub read_until {
	my ($self, $re, $seconds) = @_;

	my $select = IO::Select->new($self->{out});
	my $end = time() + $seconds;

	while ($self->{output} !~ $re) {
		my $left = $end - time();

		return if $left <= 0 || !$select->can_read($left);
		return unless $self->{out}->sysread($self->{output}, 65536,
			length $self->{output});
	}

	return $self->{output} =~ $re ? $1 : undef;
}

sub output { return $_[0]->{output} }

# what Ctrl-C in the terminal does: true if all of it is gone soon

sub interrupt {
	my ($self) = @_;

	my $pid = delete $self->{pid} or return;

	return end_group($pid, 10, 'INT');
}

sub alerts {
	my ($self) = @_;

	open my $fh, '<', "$self->{dir}/build/run/error.log"
		or return 'no error log';

	return grep { /\[(?:alert|emerg|crit)\]/ } <$fh>;
}

# files that "make run" left outside of build/

sub changes {
	my ($self) = @_;
	return scalar `git -C '$self->{dir}' status --porcelain`;
}

END {
	my $status = $?;

	for my $self (grep { $_->{owner} == $$ } @instances) {
		$self->interrupt();
		rmtree($self->{top});
	}

	$? = $status;
}

###############################################################################

1;

###############################################################################
