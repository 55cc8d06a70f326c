#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for who speaks (RFC 6464), and for m-lines that carry "speakers".

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member ();
use Test::Secmeet::Peer;
use Test::Secmeet::Voices qw/ talk quiet loop run_for /;
use Time::HiRes qw/ time /;

###############################################################################

my $PEOPLE = 16;	# more than are heard at the same time
my $LINES = 4;

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan(35)->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

worker_processes 2;

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

my $peer = Test::Secmeet::Peer->new();
my ($tag, $token) = $t->create_room();
my @people = map {
	Test::Secmeet::Member->new($t, $peer, name => "p$_", auto => 0)
} 1 .. $PEOPLE;

my ($ada, $bob, $cy, $dan) = @people;

$_->join($tag, $_ == $ada ? (host => $token) : ()) for @people;
$_->publish('audio', 'video') for @people;
$ada->speakers('audio', $LINES)->speakers('video', 2);

ok((@people == grep { $_->connected(20) } @people), 'all are connected');

# silence, each with a noise of its own

for my $i (0 .. $#people) {
	$people[$i]->level('audio', level => 80 + $i % 4, voice => 0);
	$people[$i]->start('audio', rate => 50, size => 100);
	$people[$i]->start('video', rate => 15, size => 300);
}

ok(loop(sub { carried($ada, 'audio') == $LINES }, 5),
	'each line of the speakers carries somebody');
ok(loop(sub { carried($ada, 'video') == 2 }, 5), 'and each of pictures');
is(scalar(grep { $_ eq $ada->track('audio') } tracks($ada, 'audio')), 0,
	'nobody hears oneself');

run_for(4);
is(spoke($bob), undef, 'noise is no speech');

# a cough

$cy->level('audio', level => 20, voice => 1);
run_for(0.15);
quiet($cy);
run_for(1.5);
is(spoke($bob), undef, 'nor is a cough');

# somebody talks who is not carried

my ($far) = grep {
	my $other = $_;
	$other != $ada && !grep { $_ eq $other->track('audio') }
		tracks($ada, 'audio');
} reverse @people;

my $from = time();
talk($far);
ok(loop(sub { grep { $_ eq $far->track('audio') } tracks($ada, 'audio') },
	5), 'who begins to talk is carried');
diag(sprintf '# carried after %.0f ms', 1000 * (time() - $from));
ok(loop(sub { (spoke($bob) // '') eq $far->you() }, 5), 'and is the speaker');
diag(sprintf '# the speaker after %.0f ms', 1000 * (time() - $from));
ok(loop(sub { grep { $_ eq $far->track('video') } tracks($ada, 'video') },
	5), 'and is seen');

# what comes is what "carry" says

my $seen;

ok(loop(sub {
	my $mid = $ada->mid_of($far->track('audio')) // return 0;
	my ($flow) = grep { $_->{tag} == $far->marked('audio') }
		@{$ada->line($mid)->{flows}};
	my $more = $flow && defined $seen && $flow->{packets} > $seen;

	$seen = $flow ? $flow->{packets} : undef;

	return $more;
}, 5), 'the packets are those of the speaker');

# a newcomer learns it

my $new = Test::Secmeet::Member->new($t, $peer, name => 'new', auto => 0);

$new->join($tag)->publish('audio');
$new->connected(20);
ok(loop(sub { (spoke($new) // '') eq $far->you() }, 3),
	'a newcomer is told who speaks');

# two at once

my $before = count($bob);
talk($dan);
run_for(6);
cmp_ok(count($bob) - $before, '<', 8, 'two at once do not take turns wildly');
ok((2 == grep { my $track = $_; grep { $_->track('audio') eq $track }
	$far, $dan } tracks($ada, 'audio')), 'both are carried');

# a host's word, a mute, and a leave

quiet($far);
ok(loop(sub { (spoke($bob) // '') eq $dan->you() }, 8),
	'the other one goes on');
$dan->mute('audio', 1);
ok(loop(sub { (spoke($bob) // '') ne $dan->you() }, 12),
	'who is muted speaks no more');
$dan->mute('audio', 0);
ok(loop(sub { (spoke($bob) // '') eq $dan->you() }, 12), 'and again');

quiet($far);
$ada->{ws}->send('silence', peer => $dan->you(), on => JSON::PP::true());
ok(loop(sub { (spoke($bob) // '') ne $dan->you() }, 12),
	'nor does who is silenced');

my $eve = $people[5];
talk($eve);
ok(loop(sub { (spoke($bob) // '') eq $eve->you() }, 8), 'another one talks');
ok(loop(sub { grep { $_ eq $eve->track('audio') } tracks($ada, 'audio') },
	5), 'and is carried');
my $gone = $eve->track('audio');
quiet($eve);
$eve->leave();
ok(loop(sub { !defined spoke($bob) || spoke($bob) ne $eve->you() }, 5),
	'who leaves is no speaker');
ok(loop(sub { carried($ada, 'audio') == $LINES
	&& !grep { $_ eq $gone } tracks($ada, 'audio') }, 5),
	'and the line carries somebody else');

# a track of one's own choice is nobody else's

my $mid = (sort grep { line($ada, $_)->{kind} eq 'audio' } lines($ada))[0];
$ada->receive($mid, track => $bob->track('audio'));
talk($_) for @people[6 .. 11];
run_for(2.5);
is(line($ada, $mid)->{track}, $bob->track('audio'),
	'a line with a track of its own keeps it');
ok($ada->heard()->{$bob->marked('audio')}, 'and its packets come');
my %loud = map { $_->track('audio') => 1 } @people[6 .. 11];
is(scalar(grep { $loud{$_} } tracks($ada, 'audio')), $LINES - 1,
	'the other lines carry those who talk');

my $carries = $ada->{carries};
run_for(3);
cmp_ok($ada->{carries} - $carries, '<', 12, 'and do not change all the time');

$ada->receive($mid, track => 'speakers');
ok(loop(sub { $loud{line($ada, $mid)->{track} // ''} }, 5),
	'back to the speakers');
$ada->receive($mid, track => undef);
run_for(0.3);
my $packets = $ada->line($mid)->{packets};
run_for(0.5);
is($ada->line($mid)->{packets}, $packets, 'null is nothing');

# a sound of a screen is not on the stage

$bob->publish({ kind => 'audio', source => 'screen-audio' });
ok($bob->connected(10), 'a screen with sound');
my ($sound) = sort { $b <=> $a } grep {
	$bob->{lines}{$_}{send} && $bob->{lines}{$_}{kind} eq 'audio'
} keys %{$bob->{lines}};
quiet($_) for @people[6 .. 11];
$bob->level($sound, level => 5, voice => 1);
$bob->start($sound, rate => 50, size => 100);
run_for(3);
isnt(spoke($cy) // '', $bob->you(), 'is no speaker');

# numbers go on whoever is carried

my $breaks = 0;

for my $line (@{$ada->stats()->{recv}}) {
	$breaks += $line->{switch_breaks} // 0;
}

is($breaks, 0, 'sequence numbers and timestamps go on');

is(scalar(@{$ada->{errors}}), 0, 'nothing was refused')
	or diag(explain($ada->{errors}));

# what is no track

$ada->receive($mid, track => 'listeners');
ok(loop(sub { @{$ada->{errors}} }, 5), 'no other word is taken');
is($ada->{errors}[0]{code}, 'field', 'but refused');

for my $height (-1, 8641) {
	$ada->receive($mid, height => $height);
}

ok(loop(sub { @{$ada->{errors}} == 3 }, 5), 'nor is a height out of bounds');
$ada->receive($mid, height => $_) for 0, 8640;
run_for(0.3);
is(scalar(@{$ada->{errors}}), 3, 'those at the bounds are');

###############################################################################

sub line { return $_[0]->{lines}{$_[1]} }

# receiving m-lines

sub lines {
	my ($member) = @_;
	return grep { !line($member, $_)->{send} } keys %{$member->{lines}};
}

sub tracks {
	my ($member, $kind) = @_;

	return grep { $_ && $_ ne 'speakers' }
		map { line($member, $_)->{track} }
		grep { line($member, $_)->{kind} eq $kind } lines($member);
}

sub carried { return scalar(my @tracks = tracks(@_)) }

sub spoke {
	my ($member) = @_;

	my @all = grep { $_->{type} eq 'speaker' } @{$member->{messages}};

	return @all ? $all[-1]{peer} : undef;
}

sub count {
	my ($member) = @_;
	return scalar(grep { $_->{type} eq 'speaker' } @{$member->{messages}});
}

###############################################################################
