// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {EscrowProxyDouble} from "../src/test/EscrowProxyDouble.sol";
import {EscrowV2PausableDouble} from "../src/test/EscrowV2PausableDouble.sol";
import {LiveTest} from "./support/LiveTest.sol";
import {Vm, vm} from "./support/Vm.sol";

/// @notice The quirks of version 2 pausable, as the adapter and the indexer meet them.
contract EscrowV2PausableDoubleTest is LiveTest {
    EscrowV2PausableDouble private escrow;

    function setUp() public override {
        super.setUp();
        bytes memory initialize = abi.encodeCall(EscrowV2PausableDouble.initialize, (BRIDGE, PLATFORM));
        escrow = EscrowV2PausableDouble(
            payable(address(new EscrowProxyDouble(address(new EscrowV2PausableDouble()), address(0), initialize)))
        );
        approve(address(escrow));
    }

    function test_selectors_areThoseOfTheLiveContract() public view {
        vm.assertEq(EscrowV2PausableDouble.createEscrow.selector, bytes4(0xac31309d), "createEscrow");
        vm.assertEq(EscrowV2PausableDouble.fundEscrow.selector, bytes4(0xc9c31af5), "fundEscrow");
        vm.assertEq(EscrowV2PausableDouble.releaseEscrow.selector, bytes4(0xed653164), "releaseEscrow");
        vm.assertEq(EscrowV2PausableDouble.disputeEscrow.selector, bytes4(0x9f5644fd), "disputeEscrow");
        vm.assertEq(EscrowV2PausableDouble.cancelEscrow.selector, bytes4(0xe0182436), "cancelEscrow");
        vm.assertEq(EscrowV2PausableDouble.getEscrow.selector, bytes4(0x7d19e596), "getEscrow");
        vm.assertEq(escrow.escrows.selector, bytes4(0x012f52ee), "escrows");
    }

    function test_events_ofAnEscrow_areThoseOfTheLiveContract() public {
        vm.recordLogs();
        uint256 id = funded();
        release(id);
        cancel(disputed(funded()));
        Vm.Log[] memory logs = logsOf(address(escrow));
        bytes32[7] memory topics = [CREATED, FUNDED, RELEASED, CREATED, FUNDED, DISPUTED, CANCELLED];
        vm.assertEq(logs.length, topics.length, "logs");
        for (uint256 i = 0; i < topics.length; i++) {
            assertTopic(logs[i], topics[i]);
        }
    }

    function test_events_ofTheOwner_areThoseOfTheLiveContract() public {
        address next = address(new EscrowV2PausableDouble());
        vm.recordLogs();
        escrow.updateBridgeWallet(STRANGER);
        escrow.updatePlatformWallet(STRANGER);
        escrow.addPauser(STRANGER);
        escrow.removePauser(STRANGER);
        escrow.pause();
        escrow.unpause();
        escrow.upgradeTo(next);
        Vm.Log[] memory logs = logsOf(address(escrow));
        assertTopic(logs[0], 0x91d457de561e4ff0286a9e52e9d55f256d473cf2ff4edb3988d8b17426927e8f);
        assertTopic(logs[1], 0xf84f6b525c89a18c80bbbc0c62a7eb5390956d6b8432ab067b49963a98f8c38f);
        assertTopic(logs[2], 0x6719d08c1888103bea251a4ed56406bd0c3e69723c8a1686e017e7bbe159b6f8);
        assertTopic(logs[3], 0xcd265ebaf09df2871cc7bd4133404a235ba12eff2041bb89d9c714a2621c7c7e);
        assertTopic(logs[4], 0x62e78cea01bee320cd4e420270b5ea74000d11b0c9f74754ebdbfc544b05a258);
        assertTopic(logs[5], 0x5db9ee0a495bf2e6ff9c91a7834c1ba4fdd244a5e8aa4e537bd38aeae4b073aa);
        assertTopic(logs[6], keccak256("Upgraded(address)"));
    }

    function test_ids_beginAtZero() public {
        vm.assertEq(create(), 0, "first");
        vm.assertEq(create(), 1, "second");
    }

    function test_create_needsItsTexts() public {
        vm.prank(BRIDGE);
        vm.expectRevert("empty text");
        escrow.createEscrow(BRIDGE, BRIDGE, AMOUNT, DEADLINE, "custody", "", REF, address(token));
    }

    function test_fund_pullsFromTheBridge_untilTheDeadline() public {
        vm.prank(BRIDGE);
        uint256 id = escrow.createEscrow(SELLER, BRIDGE, AMOUNT, DEADLINE, "custody", REF, REF, address(token));
        vm.warp(DEADLINE);
        fund(id);
        assertBalance(BRIDGE, RICH - AMOUNT, "bridge");
        vm.warp(START);
        id = create();
        vm.warp(DEADLINE + 1);
        vm.prank(BRIDGE);
        vm.expectRevert("deadline passed");
        escrow.fundEscrow(id);
    }

    function test_fund_etherWhereThereIsNoToken() public {
        vm.deal(BRIDGE, 1 ether);
        vm.prank(BRIDGE);
        uint256 id = escrow.createEscrow(BRIDGE, BRIDGE, 1 ether, DEADLINE, "custody", REF, REF, address(0));
        vm.prank(BRIDGE);
        escrow.fundEscrow{value: 1 ether}(id);
        vm.assertEq(address(escrow).balance, 1 ether, "held");
        release(id);
        vm.assertEq(BRIDGE.balance, 1 ether, "back");
    }

    function test_release_paysThePayee_andAsksNoDeadline() public {
        vm.prank(BRIDGE);
        uint256 id = escrow.createEscrow(BRIDGE, SELLER, AMOUNT, DEADLINE, "custody", REF, REF, address(token));
        fund(id);
        release(id);
        assertBalance(SELLER, AMOUNT, "payee");
    }

    function test_cancel_ofFundedAndDisputed_refundsThePayer() public {
        cancel(funded());
        cancel(disputed(funded()));
        assertBalance(BRIDGE, RICH, "bridge");
    }

    function test_cancel_neverOfWhatWasNotFunded() public {
        uint256 id = create();
        vm.prank(BRIDGE);
        vm.expectRevert("neither funded nor disputed");
        escrow.cancelEscrow(id);
    }

    function test_pause_blocksEverything() public {
        uint256 id = funded();
        uint256 pending = create();
        escrow.addPauser(STRANGER);
        vm.prank(STRANGER);
        escrow.pause();
        vm.startPrank(BRIDGE);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        escrow.createEscrow(BRIDGE, BRIDGE, AMOUNT, DEADLINE, "custody", REF, REF, address(token));
        vm.expectRevert(Pausable.EnforcedPause.selector);
        escrow.fundEscrow(pending);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        escrow.releaseEscrow(id);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        escrow.disputeEscrow(id, "why");
        vm.expectRevert(Pausable.EnforcedPause.selector);
        escrow.cancelEscrow(id);
        vm.stopPrank();
        vm.prank(STRANGER);
        vm.expectRevert("only the owner");
        escrow.unpause();
    }

    function test_rescue_reachesWhatEscrowsHold_alsoWhilePaused() public {
        funded();
        escrow.pause();
        escrow.rescueTokens(address(token), STRANGER, AMOUNT);
        assertBalance(STRANGER, AMOUNT, "rescued");
    }

    function create() private returns (uint256) {
        vm.prank(BRIDGE);
        return escrow.createEscrow(BRIDGE, BRIDGE, AMOUNT, DEADLINE, "custody", REF, REF, address(token));
    }

    function fund(uint256 id) private {
        vm.prank(BRIDGE);
        escrow.fundEscrow(id);
    }

    function funded() private returns (uint256 id) {
        id = create();
        fund(id);
    }

    function release(uint256 id) private {
        vm.prank(BRIDGE);
        escrow.releaseEscrow(id);
    }

    function disputed(uint256 id) private returns (uint256) {
        vm.prank(BRIDGE);
        escrow.disputeEscrow(id, "goods_not_received");
        return id;
    }

    function cancel(uint256 id) private {
        vm.prank(BRIDGE);
        escrow.cancelEscrow(id);
    }
}
