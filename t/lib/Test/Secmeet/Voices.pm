package Test::Secmeet::Voices;

# Copyright (C) secmeet contributors

# Members who talk: a voice is loud and soft in turns, where noise is not.
#
#     use Test::Secmeet::Voices qw/ talk quiet loop run_for /;
#
#     talk($bob);
#     loop(sub { $ada->heard()->{$bob->marked('audio')} }, 5) or die;
#     quiet($bob);
#
# They go on only within loop() and run_for(), which are those of
# Test::Secmeet::Member otherwise.

use warnings;
use strict;

use Exporter qw/ import /;

our @EXPORT_OK = qw/ talk quiet hush loop run_for /;

use Test::Secmeet::Member ();
use Time::HiRes qw/ time /;

###############################################################################

my %talking;

# on the m-line of that kind or mid, with so many seconds of each

sub talk {
	my ($member, $line, $loud, $soft) = @_;

	$line //= 'audio';

	$talking{$member->id() . " $line"} = {
		member => $member, line => $line, until => 0, is_loud => 0,
		loud => $loud || 0.35, soft => $soft || 0.12,
	};

	return;
}

sub quiet {
	my ($member, $line) = @_;

	$line //= 'audio';

	delete $talking{$member->id() . " $line"};
	$member->level($line, level => 80 + $member->id() % 4, voice => 0);

	return;
}

# all talk no more, and may leave

sub hush {
	%talking = ();

	return;
}

sub loop {
	my ($condition, $seconds) = @_;

	return Test::Secmeet::Member::loop(sub {
		for my $talk (values %talking) {
			next if $talk->{until} > time();

			my $loud = $talk->{is_loud} = !$talk->{is_loud};

			$talk->{until} = time() + $talk->{$loud ? 'loud' : 'soft'};
			$talk->{member}->level($talk->{line}, voice => 1,
				level => $loud ? 22 + int(rand(8)) : 60);
		}

		return $condition->();
	}, $seconds);
}

sub run_for {
	my ($seconds) = @_;

	my $end = time() + $seconds;

	loop(sub { time() >= $end }, $seconds + 1);

	return;
}

###############################################################################

1;

###############################################################################
