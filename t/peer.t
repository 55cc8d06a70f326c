#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Tests for the test peer itself, without a server: two of them send to each
# other, with RTX, transport-wide feedback and layers; and what a sink says of
# streams that are not as they should be.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Peer;

###############################################################################

plan(skip_all => 'no build/peer/peer')
	unless Test::Secmeet::Peer::available();

my $peer = Test::Secmeet::Peer->new();
my $last = 0;

whole();
retransmitted();
same_bytes();
layers();
temporal();
switched();
refused();

done_testing();

###############################################################################

# transport-wide feedback, both ways, and levels

sub whole {
	my ($from, $to) = pair([ { kind => 'audio' }, { kind => 'video' } ]);

	$peer->start($from, mid => "$_", rate => 200, count => 100) for 0, 1;
	$peer->level($from, mid => '0', level => 30);
	finished($from, 0, 1);

	like($peer->offer($from), qr/^a=rtcp-fb:\d+ transport-cc\r$/m,
		'feedback is offered');
	unlike($peer->offer($from), qr/rtx/, 'RTX is not');

	my $got = until_line($to, 1, sub { $_[0]{packets} == 100 });

	is($got->{missing}, 0, 'all of it came');
	is($got->{pictures}, undef, 'without layers there are no pictures');

	my $audio = until_line($to, 0, sub { $_[0]{packets} == 100 });

	is("$audio->{levels} $audio->{bad_level} $audio->{level}", '100 0 30',
		'the level that was set');

	$peer->level($from, mid => '0', level => 128);
	$peer->start($from, mid => '0', rate => 200, count => 10);
	finished($from, 0);
	$audio = until_line($to, 0, sub { $_[0]{packets} == 110 });
	is("$audio->{bad_level} $audio->{level}", '0 109', 'the counter again');

	my $stats = until_stats($from, sub {
		$_[0]{counts}{twcc_acked} == 210
	});

	is($stats->{counts}{twcc_stamped}, 210, 'all had numbers');
	is($stats->{counts}{twcc_acked}, 210, 'all were told as received');
	is($stats->{counts}{twcc_lost}, 0, 'none as lost');
	is($stats->{counts}{twcc_missed}, 0, 'no feedback is missing');
	is($stats->{counts}{bad_rtcp}, 0, 'none is bad');
	cmp_ok($stats->{twcc}{rtt}, '<', 2_000_000, 'there and back');
	is($stats->{twcc}{outstanding}, 0, 'nothing is on its way');

	my $told = $peer->stats($to)->{counts};

	is($told->{twcc_arrived}, 210, 'as many came');
	is($told->{twcc_out}, $stats->{counts}{twcc_in}, 'as much feedback');

	# every tenth is kept back after it was numbered

	$peer->drop_out($from, mid => '1', every => 10);
	$peer->start($from, mid => '1', rate => 200, count => 101);
	finished($from, 1);
	$stats = until_stats($from, sub { $_[0]{counts}{twcc_acked} == 301 });
	is($stats->{counts}{twcc_lost}, 10, 'what is lost is told');

	# without feedback

	$peer->drop_out($from, mid => '1', every => 0);
	$peer->twcc($to, on => 0);
	$peer->start($from, mid => '1', rate => 200, count => 20);
	finished($from, 1);
	until_line($to, 1, sub { $_[0]{packets} == 211 });
	$peer->twcc($to, on => 1);
	$peer->start($from, mid => '1', rate => 200, count => 20);
	finished($from, 1);
	$stats = until_stats($from, sub {
		$_[0]{counts}{twcc_acked} + $_[0]{counts}{twcc_lost} >= 331
	});
	is($stats->{counts}{twcc_lost}, 10, 'lost feedback is not loss');

	gone($from, $to);

	return;
}

# RTX: what is lost comes by another SSRC

sub retransmitted {
	my ($from, $to) = pair([ { kind => 'video', rtx => 1 } ]);

	like($peer->offer($from), qr/^a=rtpmap:97 rtx\/90000\r\na=fmtp:97 apt=96\r/m,
		'RTX is offered');
	like($peer->offer($from), qr/^a=ssrc-group:FID \d+ \d+\r$/m, 'with its SSRC');

	$peer->nack($to);
	begun($from, $to);
	$peer->drop_in($to, mid => '0', every => 10);
	$peer->start($from, mid => '0', rate => 200, size => 500, frame => 2,
		count => 200);
	finished($from, 0);
	$peer->drop_in($to, mid => '0', every => 0);
	$peer->start($from, mid => '0', rate => 200, count => 4);

	my $got = until_line($to, 0, sub {
		$_[0]{packets} + $_[0]{rtx_recovered} >= 206
	});

	cmp_ok($got->{dropped}, '>', 10, 'some were lost');
	is($got->{rtx_recovered}, $got->{dropped}, 'each came by RTX');
	is($got->{recovered}, $got->{dropped}, 'as it was asked for');
	is("$got->{bad_mark} $got->{bad_pt} $got->{rtx_bad} $got->{bad_mid}",
		'0 0 0 0', 'nothing is wrong with them');
	is($got->{flows}[0]{missing}, 0, 'all that was sent is there');
	is($got->{flows}[0]{seq_breaks}, 0, 'by its own number');

	my $sent = $peer->line($from, 0);

	cmp_ok($sent->{rtx_sent}, '>=', $got->{dropped}, 'and was sent so');

	# numbers of a transport are for all that it sends

	my $stats = until_stats($from, sub {
		$_[0]{counts}{twcc_acked} + $got->{dropped}
			>= $_[0]{counts}{twcc_stamped}
	});

	is($stats->{counts}{twcc_stamped}, 206 + $sent->{rtx_sent},
		'RTX has transport-wide numbers');

	gone($from, $to);

	return;
}

# where RTX is not negotiated, the same bytes come again

sub same_bytes {
	my ($from, $to) = pair([ { kind => 'video', rtx => 1 } ], sub {
		my ($sdp) = @_;

		$sdp =~ s/^a=(?:rtpmap|fmtp):97 .*\n//mg;
		$sdp =~ s/^a=ssrc-group.*\n//mg;

		return $sdp;
	});

	$peer->nack($to);
	begun($from, $to);
	$peer->drop_in($to, mid => '0', every => 10);
	$peer->start($from, mid => '0', rate => 200, count => 100);
	finished($from, 0);
	$peer->drop_in($to, mid => '0', every => 0);
	$peer->start($from, mid => '0', rate => 200, count => 4);

	my $got = until_line($to, 0, sub { $_[0]{packets} >= 106 });

	is($got->{rtx}, 0, 'no RTX');
	is($got->{recovered}, $got->{dropped}, 'the same bytes');
	is($peer->line($from, 0)->{rtx_sent}, 0, 'are not sent as RTX');

	gone($from, $to);

	return;
}

# simulcast: three layers, each for a sink of its own

sub layers {
	my ($from, $to) = pair([ {
		kind => 'video', rids => [ qw/ q h f / ], rtx => 1
	} ]);

	my $offer = $peer->offer($from);

	like($offer, qr/^a=rid:q send\r\na=rid:h send\r\na=rid:f send\r$/m,
		'rids are offered');
	like($offer, qr/^a=simulcast:send q;h;f\r$/m, 'as simulcast');
	unlike($offer, qr/^a=ssrc/m, 'without SSRCs');

	$peer->start($from, mid => '0', rate => 100, frame => 2, size => 200,
		temporal => 3, layers => {
			h => { size => 400 }, f => { size => 800, frame => 4 },
		});

	until_line($to, $_, sub { ($_[0]{pictures}{frames} // 0) > 20 })
		for 0 .. 2;

	my @rows = @{$peer->stats($from)->{send}};

	is(join(' ', map { $_->{rid} } @rows), 'q h f', 'a row for each');
	is($rows[$_]{tag} >> 28, $_, "layer $_: is in its mark") for 0 .. 2;

	for my $i (0 .. 2) {
		my $pictures = $peer->line($to, $i)->{pictures};

		is($pictures->{layer}, $i, "layer $i: came");
		is($pictures->{height}, 180 << $i, "layer $i: its height");
		is_deeply(wrong($pictures), {}, "layer $i: nothing is wrong");
	}

	# a key frame of one of them; a layer that goes and comes

	my @keys = map { $_->{keys} } @rows;

	is("@keys", '1 1 1', 'one key frame each');

	$peer->pli($to, mid => '1');
	my $event = $peer->wait($from, 'pli', timeout => 5);
	is($event->{rid}, 'h', 'a key frame is wanted of one');

	@rows = @{until_stats($from, sub { $_[0]{send}[1]{keys} == 2 })->{send}};
	is(join(' ', map { $_->{keys} } @rows), '1 2 1', 'and comes of it');

	$peer->layer($from, mid => '0', rid => 'f', on => 0);

	my $counter = $peer->stats($from)->{send}[2]{counter};
	my $other = $peer->stats($from)->{send}[0]{counter};

	$counter += -$counter % 4;

	my $stats = until_stats($from, sub {
		$_[0]{send}[0]{counter} > $other + 20
	});

	is($stats->{send}[2]{counter}, $counter, 'a layer is off');
	ok(!$stats->{send}[2]{on}, 'and is said to be');

	$peer->layer($from, mid => '0', rid => 'f');
	until_stats($from, sub { $_[0]{send}[2]{counter} > $counter + 20 });
	is($peer->stats($from)->{send}[2]{keys}, 2, 'it goes on with a key frame');

	# what the sink of it says of the time that has passed

	my $line = until_line($to, 2, sub { $_[0]{flows}[0]{keys} == 2 });

	is_deeply(wrong($line->{pictures}), {}, 'its numbers go on');
	cmp_ok($line->{rate}, '>', 0, 'there is a rate');

	# a report is what ends the rids

	my ($before) = @{$peer->stats($from)->{send}};

	until_stats($from, sub { !grep { !$_->{acked} } @{$_[0]{send}} });
	pass('all layers are known by a report');

	$peer->stop($from);
	gone($from, $to);

	return;
}

# layers of time, and sinks that see what is wrong with a stream: the sender
# changes what a server should not have let through

sub temporal {
	my ($from, $to) = pair([ { kind => 'video' } ]);

	$peer->start($from, mid => '0', rate => 200, frame => 2, size => 200,
		temporal => 3, count => 160);
	finished($from, 0);

	my $pictures = until_line($to, 0, sub {
		$_[0]{packets} == 160
	})->{pictures};

	is("@{$pictures->{tids}}", '20 20 40', 'layers of time');
	is($pictures->{frames}, 80, 'frames');
	is($pictures->{tid}, 2, 'all of them are shown');
	is_deeply(wrong($pictures), {}, 'nothing is wrong');

	# what is lost is not held against anybody

	$peer->drop_out($from, mid => '0', every => 7);
	$peer->start($from, mid => '0', rate => 200, frame => 2, size => 200,
		temporal => 3, count => 70);
	finished($from, 0);

	$pictures = until_line($to, 0, sub {
		$_[0]{packets} >= 219
	})->{pictures};

	cmp_ok($pictures->{gaps}, '>=', 9, 'gaps are seen');
	is_deeply(wrong($pictures), {}, 'and nothing is wrong');
	gone($from, $to);

	# what is wrong is found, by its name

	wrong_is(id_breaks => 1, spoil => 'id');
	wrong_is(tl0_breaks => 1, spoil => 'tl0');
	wrong_is(timestamp_breaks => 1, spoil => 'clock');

	# the highest layer of time is left out, and comes back with frame 17,
	# which is a sync point, or with frame 19, which is none

	wrong_is(undef, 0, leave_from => 9, leave_to => 17);
	wrong_is(tid_breaks => 1, leave_from => 9, leave_to => 19);

	return;
}

sub wrong_is {
	my ($name, $times, %opt) = @_;

	my ($from, $to) = pair([ { kind => 'video' } ]);

	$peer->start($from, mid => '0', rate => 200, frame => 2, size => 200,
		temporal => 3, count => 64, %opt);
	finished($from, 0);

	my $sent = $peer->line($from, 0)->{sent};
	my $line = until_line($to, 0, sub { $_[0]{packets} == $sent });
	my $what = join ' ', map { "$_ $opt{$_}" } sort keys %opt;

	is_deeply(wrong($line->{pictures}), $times ? { $name => $times } : {},
		"what is found: $what");
	is("$sent $line->{missing}", ($opt{leave_to} ? $times ? 54 : 56 : 64)
		. ' 0', 'in numbers without a gap');

	gone($from, $to);

	return;
}

# another layer that does not begin with a key frame

sub switched {
	my ($from, $to) = pair([ { kind => 'video' } ]);
	my $tag = $from << 8;

	$peer->start($from, mid => '0', rate => 200, frame => 2, temporal => 1,
		count => 20, tag => $tag | 1 << 28);
	finished($from, 0);
	$peer->start($from, mid => '0', rate => 200, frame => 2, temporal => 1,
		count => 20, tag => $tag);
	finished($from, 0);

	my $line = until_line($to, 0, sub { $_[0]{packets} == 40 });
	my $pictures = $line->{pictures};

	is_deeply(wrong($pictures), { layer_breaks => 1 },
		'a layer without a key frame is found');
	is("$pictures->{layer_switches} $pictures->{layer}", '1 0',
		'and told as a switch');
	cmp_ok($pictures->{layer_skew}, '<', 1_000_000, 'its time is told');

	gone($from, $to);

	return;
}

# answers that do not go with the offer

sub refused {
	my %wrong = (
		'a payload type of RTX that was not offered'
			=> sub { $_[0] =~ s/\b97\b/95/gr },
		'a rid that was not offered'
			=> sub { $_[0] =~ s/\bh\b/x/gr },
		'rids that were not offered, or without their extension'
			=> sub { $_[0] =~ s/^a=extmap:10 .*\n//mgr },
	);

	for my $reason (sort keys %wrong) {
		my $id = ++$last;

		$peer->create($id, ext_twcc => 3);

		my $sdp = $peer->offer($id, send => [ {
			kind => 'video', mid => '0', rtx => 1,
			rids => [ qw/ q h / ],
		} ]);

		my $answer = $peer->command('answer', id => $id,
			sdp => $wrong{$reason}->(received($sdp)));

		is($answer->{reason}, $reason, "refused: $reason");
		gone($id);
	}

	# an answer without simulcast: one layer, no rid

	my ($from, $to) = pair([ { kind => 'video', rids => [ qw/ q h / ] } ], sub {
		return $_[0] =~ s/^a=(?:rid|simulcast|extmap:1[01]).*\n//mgr;
	});

	$peer->start($from, mid => '0', rate => 100, count => 20);
	finished($from, 0);

	is(until_line($to, 0, sub { $_[0]{packets} == 20 })->{missing}, 0,
		'without simulcast, one layer');
	is($peer->stats($from)->{send}[1]{sent}, 0, 'no other');

	gone($from, $to);

	return;
}

###############################################################################

# a peer that sends and one that receives it, each layer as an m-line; change
# may alter the answer of the one

sub pair {
	my ($send, $change) = @_;

	my $from = ++$last;
	my $to = ++$last;
	my (@recv, $n);

	$peer->create($_, ext_twcc => 3, ext_mid => '0') for $from, $to;

	$n = 0;
	$_->{mid} = '' . $n++ for @$send;

	my $sdp = $peer->offer($from, send => $send);

	$change ||= sub { $_[0] };
	$peer->answer($from, $change->(received($sdp)));

	$n = 0;

	for my $line (@$send) {
		push @recv, { %$line, mid => '' . $n++, rids => undef }
			for @{$line->{rids} || [ 'one' ]};
	}

	my @ssrcs = map { [ $_->{ssrc}, $_->{rtx_ssrc} ] }
		@{$peer->stats($from)->{send}};

	my $offer = $peer->offer($to, recv => \@recv);

	$peer->answer($to, sent($offer, @ssrcs));
	$peer->pair($from, with => $to);

	return ($from, $to);
}

sub gone {
	$peer->close_peer($_, silent => 1) for @_;
	return;
}

# what a server would answer to an offer that sends

sub received {
	my ($sdp) = @_;

	$sdp =~ s/^a=ssrc.*\n//mg;
	$sdp =~ s/^a=msid.*\n//mg;
	$sdp =~ s/^(a=rid:\w+) send/$1 recv/mg;
	$sdp =~ s/^a=simulcast:send/a=simulcast:recv/mg;
	$sdp =~ s/^a=sendonly/a=recvonly/mg;

	return answered($sdp);
}

# and to one that receives

sub sent {
	my ($sdp, @ssrcs) = @_;

	$sdp =~ s/^a=recvonly/a=sendonly/mg;

	my ($head, @lines) = split /^(?=m=)/m, $sdp;

	for my $line (@lines) {
		my ($ssrc, $rtx) = @{shift @ssrcs};

		$line .= "a=ssrc-group:FID $ssrc $rtx\r\n" if $rtx;
		$line .= "a=ssrc:$_ cname:x\r\n"
			for grep { $_ } $ssrc, $rtx;
	}

	return answered(join '', $head, @lines);
}

sub answered {
	my ($sdp) = @_;

	$sdp =~ s/^a=setup:actpass/a=setup:passive/mg;
	$sdp =~ s/^(t=.*\n)/$1a=ice-lite\r\n/m;

	return $sdp;
}

# the first packet cannot be missed

sub begun {
	my ($from, $to) = @_;

	$peer->start($from, mid => '0', rate => 200, count => 2);
	finished($from, 0);
	until_line($to, 0, sub { $_[0]{packets} == 2 });

	return;
}

sub finished {
	my ($id, @mids) = @_;

	for my $mid (@mids) {
		$peer->wait($id, 'done', mid => $mid, timeout => 10)
			or die "m-line $mid does not end\n";
	}

	return;
}

sub until_stats {
	my ($id, $condition) = @_;

	my $stats;

	Test::Secmeet::waitfor(sub {
		$stats = $peer->stats($id);
		return $condition->($stats);
	}, 10) or fail('what is waited for, line ' . (caller(0))[2]);

	return $stats;
}

sub until_line {
	my ($id, $mid, $condition) = @_;

	my $line;

	until_stats($id, sub {
		($line) = grep { $_->{mid} eq $mid } @{$_[0]{recv}};
		return $condition->($line);
	});

	return $line;
}

sub wrong {
	my ($pictures) = @_;

	return { map { $_ => $pictures->{$_} }
		grep { /_breaks$/ && $pictures->{$_} } keys %$pictures };
}

###############################################################################
