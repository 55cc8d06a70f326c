#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Meetings on bad networks, with browsers: each end of a simulated link is a
# network namespace, so root runs it.
#
#     SECMEET_SCENARIOS  names as in network.mjs, after "firefox:" for
#                        Firefox behind the link, Chromium otherwise
#     SECMEET_SECONDS, SECMEET_SETTLE, SECMEET_CODEC, SECMEET_CAMERA

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN {
	use FindBin;
	use lib "$FindBin::Bin/../lib";
	require Test::Secmeet::Link;
	Test::Secmeet::Link->alone();
	chdir("$FindBin::Bin/..");
}

use JSON::PP ();

use Test::Secmeet;
use Test::Secmeet::Browser qw/ page_config /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $missing = Test::Secmeet::Browser->missing();
plan(skip_all => $missing) if $missing;
plan(skip_all => 'namespaces are not allowed, or no build/link/tun')
	unless Test::Secmeet::Link->alone();

my ($server, $client) = qw/ 10.9.0.1 10.9.0.2 /;

my @scenarios = split /[ ,]+/, $ENV{SECMEET_SCENARIOS}
	|| 'loss-5-down step firefox:rate-500-down';

my $t = Test::Secmeet->new()->plan();
my $dir = $t->testdir();

system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
	. "-nodes -days 3 -subj /CN=$server -keyout $dir/key.pem "
	. "-out $dir/cert.pem > $dir/openssl.txt 2>&1") == 0
	or $t->skip_all('no openssl');

my $link = Test::Secmeet::Link->tun($server, $client);
my $config = page_config();

$config =~ s/127\.0\.0\.1:/$server:/g;
$config =~ s{(listen $server:%%PORT_8080%%);}{$1 ssl;
        ssl_certificate %%TESTDIR%%/cert.pem;
        ssl_certificate_key %%TESTDIR%%/key.pem;};

$t->write_file_expand('nginx.conf', $config)->run();

# browsers take all of a small machine, and what they do must not look like
# the network's or the server's doing

system("chrt -f -p 2 $_ > /dev/null 2>&1") for $link->pid(), $t->workers();

diag(sprintf '%-24s | %-24s | %-20s', 'scenario', 'ours', 'goal');

meet(0, grep { !/^firefox:/ } @scenarios);
meet(1, map { /^firefox:(.*)/ } @scenarios);

###############################################################################

# the script runs where Firefox is

sub meet {
	my ($behind, @names) = @_;

	return unless @names;

	my @inside = $link->inside();
	my @here = ('nsenter', '-t', $$, '-n', '--');

	Test::Secmeet::Browser->new()->run('network.mjs',
		"https://$server:" . $t->port(8080) . '/meet/',
		within => $behind ? \@inside : [],
		args => [ JSON::PP->new->canonical->encode({
			scenarios => \@names,
			away => $behind ? \@here : \@inside,
			behind => $behind ? JSON::PP::true() : JSON::PP::false(),
		}) ],
		timeout => 60 + 70 * @names,
		please => {
			'link' => sub {
				my %conf = %{JSON::PP->new->decode($_[0])};
				$link->conf(delete $conf{way}, %conf);
			},
		});

	return;
}

###############################################################################
