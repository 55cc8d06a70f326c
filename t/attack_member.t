#!/usr/bin/perl

# Copyright (C) secmeet contributors

# What somebody who is in a meeting may try against the others in it.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Attack qw/ counters since /;
use Test::Secmeet::Member ();
use Test::Secmeet::Peer;
use Test::Secmeet::Voices qw/ talk hush loop run_for /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan()->write_file_expand('nginx.conf', <<'EOC')->run();

%%GLOBALS%%

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

        location = /status {
            secmeet_status;
        }
    }
}

EOC

###############################################################################

# with all that a browser negotiates

our %browser = (rtx => 1, ext_twcc => 8);

my $peer = Test::Secmeet::Peer->new();

numbers();
voice();
lines();
microphones();
repeats();
nacks(100, 500, 'packets');
nacks(1000, 117, 'bytes');
keys_wanted();
pictures();
reports();
sources();

###############################################################################

# RFC 3711, 9.1: numbers leap while packets wait for their turn, so that those
# which are dropped cannot be told from a rollover

sub numbers {
	my ($alice, $bob) = meeting(2);

	my %video = (size => 1000, frame => 5, keyframe_every => 1000);

	$alice->start('video', %video, size => 200, rate => 400);
	ok(loop(sub { heard($bob, $alice, 'video') > 800 }, 10),
		'bob sees alice');
	$alice->stop();

	$alice->start('video', %video, rate => 20000, count => 100);
	$alice->wait('done', timeout => 5);
	$alice->inject(kind => 'leap');
	$alice->start('video', %video, size => 100, rate => 500, count => 600);
	$alice->wait('done', timeout => 5);

	run_for(4);
	is($bob->stats()->{counts}{replays}, 0,
		'no number stands for two packets');

	my $packets = heard($bob, $alice, 'video');

	$alice->start('video', %video, rate => 50);
	run_for(1);
	cmp_ok(heard($bob, $alice, 'video'), '>', $packets + 20,
		'and bob goes on to see alice');

	leave($alice, $bob);

	return;
}

# more sound than there can be is not forwarded, and all that there can be is

sub voice {
	my ($alice, $bob) = meeting(2);

	my $before = counters($t);

	$alice->start('audio', rate => 55, size => 1200);
	run_for(3);
	is(since($t, $before)->{'drop-rate'}, 0,
		'66 kB of sound each second are forwarded');

	my $bytes = $bob->heard()->{$alice->marked('audio')}{bytes};

	$alice->stop();
	$alice->start('audio', rate => 1000, size => 1200);
	run_for(3);
	$alice->stop();

	$bytes = $bob->heard()->{$alice->marked('audio')}{bytes} - $bytes;

	cmp_ok(since($t, $before)->{'drop-rate'}, '>', 1500,
		'1200 kB each second are not');
	cmp_ok($bytes, '<', 5 * 80000, 'bob has the sound of seconds');

	# nor are many small packets, which cost others much more than alice

	run_for(1.5);
	$before = counters($t);
	$alice->start('audio', rate => 2000, size => 20);
	ok(loop(sub { since($t, $before)->{'drop-rate'} > 500 }, 15),
		'nor are 2000 packets');
	$alice->stop();

	run_for(1.5);
	$before = counters($t);
	$alice->start('audio', rate => 50, size => 100);
	run_for(1);
	is(since($t, $before)->{'drop-rate'}, 0, 'and then alice is heard again');

	leave($alice, $bob);

	return;
}

# one track is not sent to somebody as often as there are m-lines

sub lines {
	my ($alice, $bob) = meeting(2, 2);

	my @mids = grep { $bob->{lines}{$_}{kind} eq 'video' } $bob->received();
	my $track = $alice->track('video');

	is(scalar(@mids), 2, 'bob has two m-lines for pictures');

	$bob->receive($_, track => $track) for @mids;
	$alice->start('video', rate => 50, size => 300, frame => 1);

	ok(loop(sub { $bob->line($mids[1])->{packets} > 20 }, 5),
		'the one that asked last shows the track');

	my $packets = $bob->line($mids[0])->{packets};

	run_for(0.5);
	is($bob->line($mids[0])->{packets}, $packets,
		'the other one shows nothing');

	leave($alice, $bob);

	return;
}

# many microphones do not take the places of others

sub microphones {
	my @people = meeting(4, 0, [ qw/ audio audio audio audio audio / ],
		[ qw/ audio audio audio audio audio / ]);
	my ($ada, $bob, @loud) = @people;

	$ada->speakers('audio', 3);
	ok($ada->connected(10), 'ada hears the speakers');

	for my $member (@loud) {
		for my $mid (sending($member)) {
			$member->start($mid, rate => 50, size => 100);
			talk($member, $mid);
		}
	}

	run_for(3);

	$bob->start('audio', rate => 50, size => 100);
	talk($bob);
	ok(loop(sub { defined $ada->mid_of($bob->track('audio')) }, 5),
		'bob is heard beside two with five microphones each');
	run_for(1);
	ok(defined $ada->mid_of($bob->track('audio')), 'and stays');

	my %carried = map { ($_->{track} // '') => 1 }
		grep { !$_->{send} } values %{$ada->{lines}};

	for my $member (@loud) {
		cmp_ok(scalar(grep { $carried{$member->{tracks}{$_} // ''} }
			sending($member)), '<=', 1, 'one of them is carried at most');
	}

	# the next one comes in its place

	my ($first) = grep { $carried{$loud[0]{tracks}{$_} // ''} }
		sending($loud[0]);

	SKIP: {
		skip 'none is carried', 1 unless defined $first;

		my %mine = map { $_ => 1 } values %{$loud[0]{tracks}};

		delete $mine{$loud[0]{tracks}{$first}};
		$loud[0]->unpublish($first);
		ok(loop(sub { grep { $mine{$_->{track} // ''} }
			values %{$ada->{lines}} }, 8),
			'when it ends, the next one comes in its place');
	}

	hush();
	leave(@people);

	return;
}

# who asks for everything again is not sent more than there is room for

sub repeats {
	my ($alice, $bob) = meeting(2);

	$alice->start('video', rate => 300, size => 1000, frame => 5,
		keyframe_every => 20);
	run_for(1);

	my $before = counters($t);

	# most is lost again and again

	$bob->nack(on => 1);
	$bob->impair(loss_in => 60, seed => 7);
	run_for(4);

	my $since = since($t, $before);

	diag(sprintf '%d packets sent, %d again', $since->{forwarded},
		$since->{resent});
	cmp_ok($since->{resent}, '>', 20, 'what is lost is sent again');
	cmp_ok($since->{resent}, '<', 2 * 500 * 4, 'within limits');

	leave($alice, $bob);

	return;
}

# the same packets again and again: so many at once, then a rate of them

sub nacks {
	my ($size, $burst, $what) = @_;

	# where nothing is known of a path, its estimate does not change

	local %browser = ();

	my ($alice, $bob) = meeting(2);

	$alice->start('video', rate => 50, size => $size, frame => 1,
		keyframe_every => 1000);
	ok(loop(sub { heard($bob, $alice, 'video') > 30 }, 5), 'bob sees alice');

	my $before = counters($t);

	$bob->inject(kind => 'nacks', count => 100);
	run_for(0.2);

	my $resent = since($t, $before)->{resent};

	diag("of 1700 packets of $size bytes $resent are sent again");
	cmp_ok($resent, '>', 0.8 * $burst, "as many $what as may be at once");
	cmp_ok($resent, '<', 2.5 * $burst, 'and not all');

	leave($alice, $bob);

	return;
}

# each key frame that one asks for makes the picture worse for all others

sub keys_wanted {
	my ($alice, $bob) = meeting(2);

	my ($mid) = grep { $bob->{lines}{$_}{kind} eq 'video' } $bob->received();

	$alice->start('video', rate => 30, size => 300, frame => 1,
		keyframe_every => 100000);
	ok(loop(sub { heard($bob, $alice, 'video') > 30 }, 5), 'bob sees alice');

	my $keys = sub { $alice->sent('video')->{keys} };
	my $before = $keys->();

	for (1 .. 90) {
		$bob->pli($mid);
		run_for(0.1);
	}

	cmp_ok($keys->() - $before, '>=', 8, 'eight key frames at any time');
	cmp_ok($keys->() - $before, '<=', 8 + 9 / 2 + 2,
		'then one each two seconds');

	leave($alice, $bob);

	return;
}

# more packets of video than any picture needs

sub pictures {
	my ($alice, $bob) = meeting(2);

	my $before = counters($t);

	$alice->start('video', rate => 4500, size => 20, frame => 150);
	run_for(2);
	is(since($t, $before)->{'drop-rate'}, 0, '4500 packets each second pass');

	$alice->stop();
	$alice->start('video', rate => 9000, size => 20, frame => 150);
	ok(loop(sub { since($t, $before)->{'drop-rate'} > 500 }, 15),
		'9000 do not');
	$alice->stop();

	leave($alice, $bob);

	return;
}

# more RTCP than anybody has to say

sub reports {
	my ($alice, $bob) = meeting(2);

	my $before = counters($t);

	$alice->inject(kind => 'srtcp-odd', count => 1000);
	run_for(0.3);
	is(since($t, $before)->{'drop-rate'}, 0, 'a thousand reports are read');

	$alice->inject(kind => 'srtcp-odd', count => 2000) for 1 .. 3;
	run_for(0.3);
	cmp_ok(since($t, $before)->{'drop-rate'}, '>', 500,
		'seven thousand are not');

	leave($alice, $bob);

	return;
}

# a microphone is no camera

sub sources {
	my ($tag) = $t->create_room();
	my $alice = Test::Secmeet::Member->new($t, $peer, name => 'alice');

	$alice->join($tag);
	$alice->publish({ kind => 'audio', source => 'camera' });

	ok(loop(sub { @{$alice->{errors}} }, 5),
		'sound as a camera is refused');
	is($alice->{errors}[0]{code}, 'mid', 'and why is told');
	like($alice->{errors}[0]{message}, qr/another kind/, 'in words');

	$alice->leave();

	return;
}

###############################################################################

# so many in a room, each with what it publishes, or sound and a picture

sub meeting {
	my ($n, $pictures, @more) = @_;

	my ($tag) = $t->create_room();
	my @members = map {
		Test::Secmeet::Member->new($t, $peer, name => "m$_", %browser,
			auto => @more ? 0 : 1)
	} 1 .. $n;

	for my $i (0 .. $#members) {
		my $other = $i >= 2 ? $more[$i - 2] : undef;

		$members[$i]->join($tag);
		$members[$i]->publish($other ? @$other : qw/ video audio /);
	}

	$members[0]->publish({ kind => 'video', source => 'screen' })
		if $pictures;

	ok($n == grep({ $_->connected(10) } @members), "$n are connected");

	return @members if @more;

	ok($members[1]->complete($pictures ? 3 : 2, 5), 'and see each other');

	return @members;
}

sub leave { $_->leave() for @_; return }

sub sending {
	my ($member) = @_;
	return grep { $member->{lines}{$_}{send} && !$member->{lines}{$_}{closed} }
		sort { $a <=> $b } keys %{$member->{lines}};
}

sub heard {
	my ($member, $other, $kind) = @_;

	my $heard = $member->heard()->{$other->marked($kind)};

	return $heard ? $heard->{packets} : 0;
}

###############################################################################
